//! The questions for a schema, independent of the terminal.

use std::path::{Path, PathBuf};

use air_schema::{CredentialSchema, words};
use serde_json::json;

use super::{
    attribute,
    dialogue::{Prompter, Stopped, agrees, ask},
    draft::Draft,
    unusable,
};
use crate::schema::show;

/// The output of the form.
pub(super) enum Destination {
    File(PathBuf),
    Stdout,
    /// Ask the user.
    Asked,
}

/// The finished schema, and the file to write; stdout without a path.
pub(super) struct Answered {
    pub(super) schema: CredentialSchema,
    pub(super) out: Option<PathBuf>,
}

/// Asks for everything that the draft lacks. Returns `None` if the user declines the result.
pub(super) fn hold(
    prompter: &mut impl Prompter,
    mut draft: Draft,
    destination: Destination,
) -> Result<Option<Answered>, Stopped> {
    prompter.say("Creates a schema. An empty line accepts the default in [brackets]; Ctrl-C cancels without writing.\n");
    about_the_schema(prompter, &mut draft)?;
    let schema = loop {
        while let Some(next) = attribute::next(prompter, &draft)? {
            draft = next;
        }
        match draft.finished() {
            Ok(schema) => break schema,
            Err(reason) => prompter.say(&reason),
        }
    };
    summarise(prompter, &schema);
    let out = match destination {
        Destination::File(path) => Some(path),
        Destination::Stdout => None,
        Destination::Asked => file(prompter, &schema)?,
    };
    let question = match &out {
        Some(path) => format!("Write {}", path.display()),
        None => "Print it".to_owned(),
    };
    Ok(agrees(prompter, &question, true)?.then_some(Answered { schema, out }))
}

fn about_the_schema(prompter: &mut impl Prompter, draft: &mut Draft) -> Result<(), Stopped> {
    if !draft.has("title") {
        ask(prompter, "Title", |title| draft.set("title", json!(title)))?;
    }
    // The form's defaults.
    let Ok(schema) = draft.so_far() else {
        return Ok(());
    };
    for (question, member, default) in [
        ("Type", "type", Some(schema.type_name())),
        ("Version", "version", Some(schema.version())),
        ("Description (empty: none)", "description", None),
    ] {
        if draft.has(member) {
            continue;
        }
        let bracket = default.map_or_else(String::new, |text| format!(" [{text}]"));
        ask(prompter, &format!("{question}{bracket}"), |answer| {
            match (answer, default) {
                ("", None) => Ok(()),
                ("", Some(text)) | (text, _) => draft.set(member, json!(text)),
            }
        })?;
    }
    Ok(())
}

fn summarise(prompter: &mut impl Prompter, schema: &CredentialSchema) {
    prompter.say(&format!("\n{}\n", show::draw(schema)));
    let findings = schema.lint();
    for finding in findings.iter().filter(|finding| finding.attribute.is_none()) {
        prompter.say(&format!("hint: {}; {}", finding.message, finding.suggestion));
    }
}

fn file(prompter: &mut impl Prompter, schema: &CredentialSchema) -> Result<Option<PathBuf>, Stopped> {
    let words: Vec<String> = words(schema.type_name())
        .into_iter()
        .map(str::to_lowercase)
        .collect();
    let name = format!("{}.json", words.join("-"));
    ask(prompter, &format!("File, or - to print it [{name}]"), |answer| {
        let path = match answer {
            "-" => return Ok(None),
            "" => Path::new(&name),
            path => Path::new(path),
        };
        match unusable(path) {
            Some(reason) => Err(format!("{reason}; choose another name")),
            None => Ok(Some(path.to_owned())),
        }
    })
}

#[cfg(test)]
mod tests;

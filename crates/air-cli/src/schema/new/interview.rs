//! The questions for a schema, independent of the terminal.

use std::path::{Path, PathBuf};

use air_schema::{CredentialSchema, words};
use serde_json::json;

use super::{
    attribute,
    dialogue::{Person, Stopped, agrees, ask},
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
    person: &mut impl Person,
    mut draft: Draft,
    destination: Destination,
) -> Result<Option<Answered>, Stopped> {
    person.say("Creates a schema. An empty line accepts the default in [brackets]; Ctrl-C cancels without writing.\n");
    about_the_schema(person, &mut draft)?;
    let schema = loop {
        while let Some(next) = attribute::next(person, &draft)? {
            draft = next;
        }
        match draft.finished() {
            Ok(schema) => break schema,
            Err(reason) => person.say(&reason),
        }
    };
    summarise(person, &schema);
    let out = match destination {
        Destination::File(path) => Some(path),
        Destination::Stdout => None,
        Destination::Asked => file(person, &schema)?,
    };
    let question = match &out {
        Some(path) => format!("Write {}", path.display()),
        None => "Print it".to_owned(),
    };
    Ok(agrees(person, &question, true)?.then_some(Answered { schema, out }))
}

fn about_the_schema(person: &mut impl Person, draft: &mut Draft) -> Result<(), Stopped> {
    if !draft.has("title") {
        ask(person, "Title", |title| draft.set("title", json!(title)))?;
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
        ask(person, &format!("{question}{bracket}"), |answer| {
            match (answer, default) {
                ("", None) => Ok(()),
                ("", Some(text)) | (text, _) => draft.set(member, json!(text)),
            }
        })?;
    }
    Ok(())
}

fn summarise(person: &mut impl Person, schema: &CredentialSchema) {
    person.say(&format!("\n{}\n", show::draw(schema)));
    let findings = schema.lint();
    for finding in findings.iter().filter(|finding| finding.attribute.is_none()) {
        person.say(&format!("hint: {}; {}", finding.message, finding.suggestion));
    }
}

fn file(person: &mut impl Person, schema: &CredentialSchema) -> Result<Option<PathBuf>, Stopped> {
    let words: Vec<String> = words(schema.type_name())
        .into_iter()
        .map(str::to_lowercase)
        .collect();
    let name = format!("{}.json", words.join("-"));
    ask(person, &format!("File, or - to print it [{name}]"), |answer| {
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

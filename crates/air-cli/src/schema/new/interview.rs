//! The questions for a schema: answers go in, a form comes out. It knows no terminal.

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

/// Where the form goes.
pub(super) enum Destination {
    File(PathBuf),
    Stdout,
    /// Where the person wants it.
    Asked,
}

/// What a person wants to be written, and where: stdout unless there is a path.
pub(super) struct Answered {
    pub(super) schema: CredentialSchema,
    pub(super) out: Option<PathBuf>,
}

/// Asks for all that the draft doesn't know. None when the person says no to the whole.
pub(super) fn hold(
    person: &mut impl Person,
    mut draft: Draft,
    destination: Destination,
) -> Result<Option<Answered>, Stopped> {
    person.tell("A new schema. What is in [brackets] is taken for an empty line; Ctrl-C leaves, and writes nothing.\n");
    about_the_schema(person, &mut draft)?;
    let schema = loop {
        while let Some(next) = attribute::next(person, &draft)? {
            draft = next;
        }
        match draft.finished() {
            Ok(schema) => break schema,
            Err(reason) => person.tell(&reason),
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
    // What the form says of itself unless it is told.
    let Ok(schema) = draft.so_far() else {
        return Ok(());
    };
    for (question, member, unless_said) in [
        ("Type", "type", Some(schema.type_name())),
        ("Version", "version", Some(schema.version())),
        ("Description (empty: none)", "description", None),
    ] {
        if draft.has(member) {
            continue;
        }
        let bracket = unless_said.map_or_else(String::new, |text| format!(" [{text}]"));
        ask(person, &format!("{question}{bracket}"), |answer| {
            match (answer, unless_said) {
                ("", None) => Ok(()),
                ("", Some(text)) | (text, _) => draft.set(member, json!(text)),
            }
        })?;
    }
    Ok(())
}

fn summarise(person: &mut impl Person, schema: &CredentialSchema) {
    person.tell(&format!("\n{}\n", show::draw(schema)));
    let findings = schema.lint();
    for finding in findings.iter().filter(|finding| finding.attribute.is_none()) {
        person.tell(&format!("hint: {}; {}", finding.message, finding.suggestion));
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

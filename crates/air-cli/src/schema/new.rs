//! `air schema new`.

use std::{path::PathBuf, str::FromStr};

use air_schema::CredentialSchema;
use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    exit::Failure,
    files::{self, Audience},
    output::Output,
};

/// Members of an attribute that hold a number.
const NUMBERS: &[&str] = &["minLength", "maxLength", "minimum", "maximum"];
/// And those that hold a text.
const TEXTS: &[&str] = &["title", "description", "pattern", "format"];

#[derive(Args)]
#[command(
    after_help = "Example:\n  air schema new --title \"Proof of age\" --description \"Attests an age.\" \\\n      \
                  --attribute isOver18:boolean:required --attribute level:string:enum=basic|full:description=\"How sure.\" --out age.json"
)]
pub(crate) struct New {
    /// What people call it.
    #[arg(long)]
    title: String,
    /// Its type in PascalCase; made of the title unless said.
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
    /// Its version.
    #[arg(long, default_value = "1.0")]
    version: String,
    /// What it is for.
    #[arg(long)]
    description: Option<String>,
    /// NAME:TYPE, then `:required`, `:enum=a|b`, `:maxLength=80`, `:minimum=0`, `:pattern=…`, `:format=email`, `:description=…`, in any
    /// order; a colon within is written `\:`. Repeat it for each.
    #[arg(long = "attribute", value_name = "ATTRIBUTE", required = true)]
    attributes: Vec<AttributeArg>,
    /// Where the form goes; stdout unless said. An existing file stays as it is.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl New {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let mut form = json!({
            "title": self.title,
            "version": self.version,
            "attributes": self.attributes.iter().map(|attribute| attribute.0.clone()).collect::<Vec<_>>(),
        });
        for (name, value) in [("type", &self.type_name), ("description", &self.description)] {
            if let (Some(value), Some(members)) = (value, form.as_object_mut()) {
                members.insert(name.to_owned(), json!(value));
            }
        }
        // Read as any form is: what a file may not say, flags may not either.
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes())
            .map_err(|error| Failure::usage(error.to_string()))?;
        super::compile(&schema)?;
        let Some(path) = &self.out else {
            return output.document(&schema);
        };
        let name = path.display();
        if path.exists() {
            return Err(Failure::failed(format!("{name} exists")).with_hint("choose another name with --out"));
        }
        let mut json =
            serde_json::to_vec_pretty(&schema).map_err(|error| Failure::failed(error.to_string()))?;
        json.push(b'\n');
        files::write(path, &json, Audience::Everyone)?;
        let findings = schema.lint().len();
        output.result(
            &json!({ "file": path, "contentId": schema.content_id(), "findings": findings }),
            |_| match findings {
                0 => format!("Wrote {name}.\nNext: `air schema publish {name}`"),
                _ => format!("Wrote {name}.\nNext: `air schema lint {name}` has {findings} remarks"),
            },
        )
    }
}

/// An attribute as one argument.
#[derive(Clone)]
struct AttributeArg(Value);

impl FromStr for AttributeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = split(text);
        let [name, kind, rest @ ..] = parts.as_slice() else {
            return Err("write NAME:TYPE, such as isOver18:boolean:required".to_owned());
        };
        let mut members = Map::new();
        members.insert("name".to_owned(), json!(name));
        members.insert("type".to_owned(), json!(kind));
        for part in rest {
            let (member, value) = match part.split_once('=') {
                None if part == "required" => ("required", json!(true)),
                Some(("enum", values)) => (
                    "enum",
                    Value::Array(values.split('|').map(|value| of(kind, value)).collect()),
                ),
                Some((member, value)) if NUMBERS.contains(&member) => (
                    member,
                    serde_json::from_str(value).map_err(|_| format!("{member} takes a number"))?,
                ),
                Some((member, value)) if TEXTS.contains(&member) => (member, json!(value)),
                _ => {
                    return Err(format!(
                        "`{part}` is not understood; write `required`, `enum=a|b`, or one of {}, {} with `=`",
                        NUMBERS.join(", "),
                        TEXTS.join(", ")
                    ));
                }
            };
            if members.insert(member.to_owned(), value).is_some() {
                return Err(format!("`{member}` stands there twice"));
            }
        }
        Ok(Self(Value::Object(members)))
    }
}

/// At colons, but for those after a backslash.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&':') => push(&mut parts, letters.next()),
            ':' => parts.push(String::new()),
            letter => push(&mut parts, Some(letter)),
        }
    }
    parts
}

fn push(parts: &mut [String], letter: Option<char>) {
    if let Some(last) = parts.last_mut() {
        last.extend(letter);
    }
}

/// A value of an enum, in the attribute's type where it reads as one.
fn of(kind: &str, value: &str) -> Value {
    match kind {
        "number" | "integer" | "boolean" => serde_json::from_str(value).unwrap_or_else(|_| json!(value)),
        _ => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_read_from_one_argument() {
        let read = |text: &str| text.parse::<AttributeArg>().map(|attribute| attribute.0);
        assert_eq!(
            read(r"code:string:required:pattern=^a\:\d$:maxLength=3"),
            Ok(
                json!({ "name": "code", "type": "string", "required": true, "pattern": r"^a:\d$", "maxLength": 3 })
            )
        );
        assert_eq!(
            read("level:integer:enum=1|2"),
            Ok(json!({ "name": "level", "type": "integer", "enum": [1, 2] }))
        );
        for bad in [
            "",
            "name",
            "a:string:colour=red",
            "a:string:maxLength=x",
            "a:string:required:required",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}

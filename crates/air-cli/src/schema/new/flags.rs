//! An attribute as an argument: `isOver18:boolean:required`.

use std::str::FromStr;

use serde_json::{Map, Value, json};

/// Members of an attribute that hold a number.
const NUMBERS: &[&str] = &["minLength", "maxLength", "minimum", "maximum"];
/// Members of an attribute that hold a text.
const TEXTS: &[&str] = &["title", "description", "pattern", "format"];

/// An attribute as one argument.
#[derive(Clone)]
pub(super) struct AttributeArg(pub(super) Value);

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
                        "unknown part `{part}`: must be `required`, `enum=a|b`, or one of {}, {} with `=`",
                        NUMBERS.join(", "),
                        TEXTS.join(", ")
                    ));
                }
            };
            if members.insert(member.to_owned(), value).is_some() {
                return Err(format!("`{member}` occurs twice"));
            }
        }
        Ok(Self(Value::Object(members)))
    }
}

/// Splits at colons, except those after a backslash.
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

/// A value of an enum, parsed as the attribute's type if possible.
pub(super) fn of(kind: &str, value: &str) -> Value {
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

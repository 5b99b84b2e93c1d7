//! Messages of violations: one for each rule, used by both validators. No message contains a value
//! of the subject.

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::{Rule, Violation, truncated::on_one_line};

/// The most characters of a member's name in a pointer, and of a pattern in a message.
const NAME_SHOWN: usize = 64;
const PATTERN_SHOWN: usize = 256;
/// The most allowed values that a message lists, and the most bytes of each, as of a limit.
const VALUES_SHOWN: usize = 6;
const VALUE_SHOWN: usize = 40;

pub(super) const REQUIRED: &str = "is missing; the schema requires it";
pub(super) const UNKNOWN: &str = "is not an attribute of the schema; remove it";
/// The placeholder for a type if the schema allows several.
#[cfg(feature = "json-schema")]
pub(super) const SEVERAL_TYPES: &str = "";
/// The reason for rejecting a schema.
pub(super) const BAD_PATTERN: &str = "its pattern is not a regular expression that runs in linear time within 1 MiB: no look-around, no back-reference";

pub(super) fn of_type(found: &Value, wanted: &str) -> String {
    format!("is {}; it must be {}", kind(found), described(wanted))
}

/// The violation of a subject that is not an object.
pub(super) fn not_an_object(value: &Value) -> Violation {
    Violation {
        pointer: String::new(),
        rule: Rule::Type,
        message: of_type(value, "object"),
    }
}

pub(super) fn too_short(limit: u64) -> String {
    format!("is shorter than {}", counted(limit, "character", "characters"))
}

pub(super) fn too_long(limit: u64) -> String {
    format!("is longer than {}", counted(limit, "character", "characters"))
}

pub(super) fn too_few(limit: u64, one: &str, many: &str) -> String {
    format!("has fewer than {}", counted(limit, one, many))
}

pub(super) fn too_many(limit: u64, one: &str, many: &str) -> String {
    format!("has more than {}", counted(limit, one, many))
}

fn counted(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

pub(super) fn too_small(limit: &impl ToString) -> String {
    format!("is less than {}", shown(limit))
}

pub(super) fn too_large(limit: &impl ToString) -> String {
    format!("is greater than {}", shown(limit))
}

/// A limit of any JSON Schema. With serde_json's feature `arbitrary_precision`, which any crate of a
/// build can enable, it has as many digits as the schema.
pub(super) fn shown(limit: &impl ToString) -> String {
    on_one_line(&limit.to_string(), VALUE_SHOWN)
}

pub(super) fn of_pattern(pattern: &str) -> String {
    format!(
        "does not match the pattern {}",
        on_one_line(pattern, PATTERN_SHOWN)
    )
}

pub(super) fn of_format(format: &str) -> String {
    match format {
        "date" => "is not a date; write it as 1990-05-01".to_owned(),
        "date-time" => "is not a date and time; write it as 1990-05-01T12:00:00Z".to_owned(),
        "email" => "is not an e-mail address; write it as name@example.org".to_owned(),
        "uri" => "is not a URI; write it as https://example.org/a".to_owned(),
        other => format!("is not a valid {}", on_one_line(other, NAME_SHOWN)),
    }
}

/// Lists the allowed values, which are not secret, if they are few and short.
pub(super) fn of_enum(options: &[Value]) -> String {
    let named: Vec<String> = options.iter().map(Value::to_string).collect();
    if named.len() <= VALUES_SHOWN && named.iter().all(|value| value.len() <= VALUE_SHOWN) {
        format!("is not one of {}", named.join(", "))
    } else {
        format!("is not one of the {} allowed values", named.len())
    }
}

/// The violation of a subject that a Rust type can't hold.
pub(super) fn unreadable(path: &Path) -> Violation {
    let pointer = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", member(key))),
        // The name of a variant is a value of the subject.
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    Violation {
        pointer: pointer.collect(),
        rule: Rule::Unreadable,
        message: "conforms to the schema, but the program's type can't hold it; fix one of the two"
            .to_owned(),
    }
}

/// A member's name as a part of a pointer.
pub(super) fn member(name: &str) -> String {
    on_one_line(&escape(name), NAME_SHOWN)
}

/// Escapes `~` and `/` for a JSON Pointer (RFC 6901, 3).
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Describes a type of JSON Schema.
fn described(kind: &str) -> &'static str {
    match kind {
        "string" => "a text, in quotes",
        "number" => "a number, without quotes",
        "integer" => "a number without a fraction or quotes",
        "boolean" => "true or false, without quotes",
        "array" => "an array",
        "object" => "an object",
        "null" => "null",
        _ => "of one of the schema's types",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_one_is_singular() {
        assert_eq!(too_short(1), "is shorter than 1 character");
        assert_eq!(too_long(2), "is longer than 2 characters");
        assert_eq!(too_few(1, "item", "items"), "has fewer than 1 item");
        assert_eq!(too_many(0, "member", "members"), "has more than 0 members");
    }
}

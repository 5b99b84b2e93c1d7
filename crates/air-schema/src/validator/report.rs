//! The library's errors in words of ours: its own show the value.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::{Error, Rule, Violation, shown::on_one_line};

/// The most characters of a member's name that a pointer shows, of a whole pointer, and of a pattern.
const NAME_SHOWN: usize = 64;
const POINTER_SHOWN: usize = 512;
const PATTERN_SHOWN: usize = 256;
/// How many allowed values are named, and how long they may be.
const VALUES_SHOWN: usize = 6;
const VALUE_SHOWN: usize = 40;

pub(super) fn describe(error: &ValidationError<'_>) -> Vec<Violation> {
    let at = shown(&error.instance_path().to_string());
    match error.kind() {
        Kind::Required { property } => {
            let name = escape(property.as_str().unwrap_or_default());
            vec![Violation {
                pointer: format!("{at}/{name}"),
                rule: Rule::Required,
                message: "is missing; the schema requires it".to_owned(),
            }]
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| Violation {
                pointer: format!("{at}/{}", on_one_line(&escape(name), NAME_SHOWN)),
                rule: Rule::UnknownAttribute,
                message: "is not an attribute of the schema; leave it out".to_owned(),
            })
            .collect(),
        kind => {
            let (rule, message) = explain(kind, error.instance());
            vec![Violation {
                pointer: at,
                rule,
                message,
            }]
        }
    }
}

fn explain(kind: &Kind, value: &Value) -> (Rule, String) {
    match kind {
        Kind::Type { kind } => (
            Rule::Type,
            format!("is {}; it must be {}", found(value), wanted(kind)),
        ),
        Kind::Format { format } => (Rule::Format, format_message(format)),
        Kind::Enum { options } => (Rule::Enum, enum_message(options.as_array())),
        Kind::Constant { .. } => (Rule::Enum, "is not the one value that is allowed".to_owned()),
        Kind::Pattern { pattern } => {
            let pattern = on_one_line(pattern, PATTERN_SHOWN);
            (Rule::Pattern, format!("does not match the pattern {pattern}"))
        }
        Kind::MinLength { limit } => (Rule::Length, format!("is shorter than {limit} characters")),
        Kind::MaxLength { limit } => (Rule::Length, format!("is longer than {limit} characters")),
        Kind::MinItems { limit } => (Rule::Length, format!("has fewer than {limit} items")),
        Kind::MaxItems { limit } => (Rule::Length, format!("has more than {limit} items")),
        Kind::MinProperties { limit } => (Rule::Length, format!("has fewer than {limit} members")),
        Kind::MaxProperties { limit } => (Rule::Length, format!("has more than {limit} members")),
        Kind::Minimum { limit } => (Rule::Range, format!("is less than {limit}")),
        Kind::Maximum { limit } => (Rule::Range, format!("is greater than {limit}")),
        Kind::ExclusiveMinimum { limit } => (Rule::Range, format!("is not greater than {limit}")),
        Kind::ExclusiveMaximum { limit } => (Rule::Range, format!("is not less than {limit}")),
        Kind::UniqueItems => (Rule::Other, "has an item twice; leave one out".to_owned()),
        Kind::FalseSchema => (Rule::Other, "may not be there; leave it out".to_owned()),
        Kind::PropertyNames { .. } => (Rule::Other, "has a member whose name is not allowed".to_owned()),
        other => (
            Rule::Other,
            format!("breaks the schema's rule `{}`", other.keyword()),
        ),
    }
}

/// Where a type can't hold what its schema allows.
pub(super) fn unreadable(path: &Path) -> Violation {
    let pointer = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(format!("/{}", on_one_line(&escape(key), NAME_SHOWN))),
        // The name of a variant is a value of the subject.
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    Violation {
        pointer: pointer.collect(),
        rule: Rule::Unreadable,
        message:
            "keeps the schema's rules, and yet the program's type can't hold it; one of the two is wrong"
                .to_owned(),
    }
}

pub(super) fn not_compiled(error: &ValidationError<'_>) -> Error {
    let reason = match error.kind() {
        Kind::Referencing(_) => "its reference leads to nothing in this document, and nothing is fetched",
        Kind::Format { format } if format == "regex" => {
            "its pattern is not a regular expression that runs in linear time within 1 MiB: no look-around, no back-reference"
        }
        _ => "the draft does not allow this value here",
    };
    Error::NotCompiled {
        pointer: shown(&error.instance_path().to_string()),
        reason,
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn wanted(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Single(kind) => match kind.as_str() {
            "string" => "a text, in quotes",
            "number" => "a number, without quotes",
            "integer" => "a number without a fraction or quotes",
            "boolean" => "true or false, without quotes",
            "array" => "an array",
            "object" => "an object",
            _ => "null",
        },
        TypeKind::Multiple(_) => "of one of the schema's types",
    }
}

fn format_message(format: &str) -> String {
    match format {
        "date" => "is not a date; write it as 1990-05-01".to_owned(),
        "date-time" => "is not a date and time; write it as 1990-05-01T12:00:00Z".to_owned(),
        "email" => "is not an e-mail address; write it as name@example.org".to_owned(),
        "uri" => "is not a URI; write it as https://example.org/a".to_owned(),
        other => format!("is not a valid {}", on_one_line(other, NAME_SHOWN)),
    }
}

/// The schema's values are no secret; many or long ones are no help.
fn enum_message(options: Option<&Vec<Value>>) -> String {
    let options = options.map_or(&[][..], Vec::as_slice);
    let named: Vec<String> = options.iter().map(Value::to_string).collect();
    if named.len() <= VALUES_SHOWN && named.iter().all(|value| value.len() <= VALUE_SHOWN) {
        format!("is not one of {}", named.join(", "))
    } else {
        format!("is none of the {} allowed values", named.len())
    }
}

/// `~` and `/` as JSON Pointers have them (RFC 6901, 3).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A pointer with names that came from the subject: each of them short, and all on one line.
fn shown(pointer: &str) -> String {
    let names = pointer.split('/').map(|name| on_one_line(name, NAME_SHOWN));
    on_one_line(&names.collect::<Vec<_>>().join("/"), POINTER_SHOWN)
}

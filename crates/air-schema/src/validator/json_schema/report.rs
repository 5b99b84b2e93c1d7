//! Conversion of the errors of `jsonschema`, whose own texts show values of the subject.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use crate::{
    Error, Rule, Violation,
    truncated::on_one_line,
    validator::messages::{self, escape},
};

/// The most characters of a name in a pointer, and of a whole pointer.
const NAME_SHOWN: usize = 64;
const POINTER_SHOWN: usize = 512;

pub(super) fn describe(error: &ValidationError<'_>) -> Vec<Violation> {
    let at = truncated(&error.instance_path().to_string());
    match error.kind() {
        Kind::Required { property } => {
            let name = escape(property.as_str().unwrap_or_default());
            vec![Violation {
                pointer: format!("{at}/{name}"),
                rule: Rule::Required,
                message: messages::REQUIRED.to_owned(),
            }]
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| Violation {
                pointer: format!("{at}/{}", messages::member(name)),
                rule: Rule::UnknownAttribute,
                message: messages::UNKNOWN.to_owned(),
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
        Kind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(kind) => kind.as_str(),
                TypeKind::Multiple(_) => messages::SEVERAL_TYPES,
            };
            (Rule::Type, messages::of_type(value, wanted))
        }
        Kind::Format { format } => (Rule::Format, messages::of_format(format)),
        Kind::Enum { options } => {
            let options = options.as_array().map_or(&[][..], Vec::as_slice);
            (Rule::Enum, messages::of_enum(options))
        }
        Kind::Constant { .. } => (Rule::Enum, "is not the one value that is allowed".to_owned()),
        Kind::Pattern { pattern } => (Rule::Pattern, messages::of_pattern(pattern)),
        Kind::MinLength { limit } => (Rule::Length, messages::too_short(*limit)),
        Kind::MaxLength { limit } => (Rule::Length, messages::too_long(*limit)),
        Kind::MinItems { limit } => (Rule::Length, messages::too_few(*limit, "item", "items")),
        Kind::MaxItems { limit } => (Rule::Length, messages::too_many(*limit, "item", "items")),
        Kind::MinProperties { limit } => (Rule::Length, messages::too_few(*limit, "member", "members")),
        Kind::MaxProperties { limit } => (Rule::Length, messages::too_many(*limit, "member", "members")),
        Kind::Minimum { limit } => (Rule::Range, messages::too_small(limit)),
        Kind::Maximum { limit } => (Rule::Range, messages::too_large(limit)),
        Kind::ExclusiveMinimum { limit } => (
            Rule::Range,
            format!("is not greater than {}", messages::shown(limit)),
        ),
        Kind::ExclusiveMaximum { limit } => (
            Rule::Range,
            format!("is not less than {}", messages::shown(limit)),
        ),
        Kind::UniqueItems => (Rule::Other, "has an item twice; leave one out".to_owned()),
        Kind::FalseSchema => (Rule::Other, "may not be there; leave it out".to_owned()),
        Kind::PropertyNames { .. } => (Rule::Other, "has a member whose name is not allowed".to_owned()),
        other => (
            Rule::Other,
            format!("breaks the schema's rule `{}`", other.keyword()),
        ),
    }
}

pub(super) fn not_compiled(error: &ValidationError<'_>) -> Error {
    let reason = match error.kind() {
        Kind::Referencing(_) => "its reference leads to nothing in this document, and nothing is fetched",
        Kind::Format { format } if format == "regex" => messages::BAD_PATTERN,
        _ => "the draft does not allow this value here",
    };
    Error::NotCompiled {
        pointer: truncated(&error.instance_path().to_string()),
        reason,
    }
}

/// Shortens a pointer with names from the subject, and puts it on one line.
fn truncated(pointer: &str) -> String {
    let names = pointer.split('/').map(|name| on_one_line(name, NAME_SHOWN));
    on_one_line(&names.collect::<Vec<_>>().join("/"), POINTER_SHOWN)
}

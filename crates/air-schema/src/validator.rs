//! Validation: compiled once, shared, every violation reported.

use std::fmt;

use jsonschema::{PatternOptions, ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

use crate::{CredentialSchema, Draft, Error, Rule, Violation, Violations};

/// The most violations that are listed.
const LISTED: usize = 100;
/// The most violations that are counted: a subject of a million wrong members must not cost a million sentences.
const COUNTED: usize = 10_000;
/// The most characters of a member's name that a pointer shows.
const NAME_SHOWN: usize = 64;
/// What a compiled pattern may take, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// A compiled schema. Share it: it is `Send`, `Sync` and never changes.
pub struct Validator {
    compiled: jsonschema::Validator,
}

impl Validator {
    /// Compiles a schema. Formats are asserted, patterns run in linear time, nothing is fetched.
    ///
    /// # Errors
    /// [`Error::NotCompiled`] for a pattern that is not a regular expression, or needs look-around.
    pub fn new(schema: &CredentialSchema) -> Result<Self, Error> {
        let document = schema.to_json_schema(Draft::Draft202012);
        let compiled = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_SIZE))
            .offline()
            .build(&document)
            .map_err(|error| Error::NotCompiled {
                pointer: error.instance_path().to_string(),
                reason: "its pattern is not a regular expression that runs in linear time",
            })?;
        Ok(Self { compiled })
    }

    /// Validates a subject.
    ///
    /// # Errors
    /// All violations, sorted by pointer.
    pub fn validate(&self, subject: &Value) -> Result<(), Violations> {
        if self.compiled.is_valid(subject) {
            return Ok(());
        }
        let mut found: Vec<Violation> = self
            .compiled
            .iter_errors(subject)
            .flat_map(|error| describe(&error))
            .take(COUNTED)
            .collect();
        found.sort_unstable();
        found.dedup();
        let more = found.len().saturating_sub(LISTED);
        found.truncate(LISTED);
        Err(Violations { found, more })
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}

/// The library's error in words of ours: its own shows the value.
fn describe(error: &ValidationError<'_>) -> Vec<Violation> {
    let at = error.instance_path().to_string();
    let one = |rule, message: String| {
        vec![Violation {
            pointer: shown(&at),
            rule,
            message,
        }]
    };
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Violation {
                pointer: format!("{at}/{name}"),
                rule: Rule::Required,
                message: "is missing; the schema requires it".to_owned(),
            }]
        }
        Kind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Violation {
                pointer: format!("{at}/{}", shown(&escape(name))),
                rule: Rule::UnknownAttribute,
                message: "is not an attribute of the schema; leave it out".to_owned(),
            })
            .collect(),
        Kind::Type { .. } => one(
            Rule::Type,
            format!("is {}, not what the schema says", found(error.instance())),
        ),
        Kind::Format { format } => one(Rule::Format, format_message(format)),
        Kind::Enum { options } => {
            let count = options.as_array().map_or(0, Vec::len);
            one(Rule::Enum, format!("is none of the {count} allowed values"))
        }
        Kind::Pattern { pattern } => one(Rule::Pattern, format!("does not match the pattern {pattern}")),
        Kind::MinLength { limit } => one(Rule::Length, format!("is shorter than {limit} characters")),
        Kind::MaxLength { limit } => one(Rule::Length, format!("is longer than {limit} characters")),
        Kind::Minimum { limit } => one(Rule::Range, format!("is less than {limit}")),
        Kind::Maximum { limit } => one(Rule::Range, format!("is greater than {limit}")),
        _ => one(Rule::Other, "breaks a rule of the schema".to_owned()),
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

fn format_message(format: &str) -> String {
    match format {
        "date" => "is not a date; write it as 1990-05-01".to_owned(),
        "date-time" => "is not a date and time; write it as 1990-05-01T12:00:00Z".to_owned(),
        "email" => "is not an e-mail address".to_owned(),
        other => format!("is not a valid {other}"),
    }
}

/// `~` and `/` as JSON Pointers have them (RFC 6901, 3).
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A name that came from the subject: short and on one line.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(NAME_SHOWN)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    if text.chars().nth(NAME_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

//! Limits on the sizes of schemas and subjects, so that they can't exhaust the stack or take long.

use serde_json::{Map, Value};

#[cfg(feature = "json-schema")]
use crate::Error;
use crate::{Rule, Violation, Violations};

const LEVELS: usize = 64;
#[cfg(feature = "json-schema")]
const SCHEMA_VALUES: usize = 20_000;
#[cfg(feature = "json-schema")]
const SCHEMA_TEXT: usize = 1 << 20;
const SUBJECT_VALUES: usize = 10_000;
const SUBJECT_TEXT: usize = 256 * 1024;
#[cfg(feature = "json-schema")]
const PATTERNS: usize = 256;
/// The most bytes of all compiled patterns of a schema together, and of one pattern.
const PATTERN_SPACE: usize = 16 << 20;
const ONE_PATTERN: usize = 1 << 20;

/// The number of patterns that share the space.
pub(super) struct Patterns {
    count: usize,
}

impl Patterns {
    pub(super) const fn of(count: usize) -> Self {
        Self { count }
    }

    /// The most bytes of each pattern: 1 MiB for up to 16 patterns, and 64 KiB for 256.
    pub(super) fn size(&self) -> usize {
        ONE_PATTERN.min(PATTERN_SPACE / self.count.max(1))
    }
}

#[cfg(feature = "json-schema")]
pub(super) fn check_schema(schema: &Value) -> Result<Patterns, Error> {
    let refuse = |reason| {
        Err(Error::NotCompiled {
            pointer: String::new(),
            reason,
        })
    };
    let mut size = Size::new(SCHEMA_VALUES, SCHEMA_TEXT);
    size.patterns = Some(0);
    if size.add(schema).is_none() {
        return refuse("it has more than 20,000 values, 64 levels or 1 MiB of text; divide it");
    }
    match size.patterns.unwrap_or_default() {
        count @ 0..=PATTERNS => Ok(Patterns::of(count)),
        _ => refuse("it has more than 256 patterns; divide it"),
    }
}

/// Checks the size of a subject.
pub(super) fn check_object(subject: &Map<String, Value>) -> Result<(), Violations> {
    within(Size::of_subject().add_object(subject))
}

/// Checks the size of a subject that may not be an object.
pub(super) fn check_value(subject: &Value) -> Result<(), Violations> {
    within(Size::of_subject().add(subject))
}

fn within(counted: Option<()>) -> Result<(), Violations> {
    counted.ok_or_else(|| {
        Violations::of(Violation {
            pointer: String::new(),
            rule: Rule::Size,
            message:
                "has more than 10,000 values, 64 levels or 256 KiB of text; leave out what is not an attribute"
                    .to_owned(),
        })
    })
}

/// The remaining size.
struct Size {
    values: usize,
    text: usize,
    /// The number of patterns. `None` for subjects, which have no patterns.
    patterns: Option<usize>,
}

impl Size {
    const fn new(values: usize, text: usize) -> Self {
        Self {
            values,
            text,
            patterns: None,
        }
    }

    const fn of_subject() -> Self {
        Self::new(SUBJECT_VALUES, SUBJECT_TEXT)
    }

    fn add(&mut self, value: &Value) -> Option<()> {
        self.add_at(value, LEVELS)
    }

    /// Counts an object as [`Self::add`] counts the same object in a `Value`.
    fn add_object(&mut self, members: &Map<String, Value>) -> Option<()> {
        self.values = self.values.checked_sub(1)?;
        self.add_members(members, LEVELS)
    }

    /// Counts a value. Returns `None` if it exceeds a limit. The recursion is at most `levels`
    /// deep.
    fn add_at(&mut self, value: &Value, levels: usize) -> Option<()> {
        self.values = self.values.checked_sub(1)?;
        match value {
            Value::String(text) => self.text = self.text.checked_sub(text.len())?,
            Value::Array(items) => {
                let levels = levels.checked_sub(1)?;
                for item in items {
                    self.add_at(item, levels)?;
                }
            }
            Value::Object(members) => self.add_members(members, levels)?,
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Some(())
    }

    fn add_members(&mut self, members: &Map<String, Value>, levels: usize) -> Option<()> {
        let levels = levels.checked_sub(1)?;
        for (name, member) in members {
            self.text = self.text.checked_sub(name.len())?;
            if let Some(patterns) = &mut self.patterns {
                *patterns += patterns_of(name, member);
            }
            self.add_at(member, levels)?;
        }
        Some(())
    }
}

/// The number of patterns in a member. It may count too many, since it ignores the location of the
/// member.
fn patterns_of(name: &str, member: &Value) -> usize {
    match (name, member) {
        ("pattern", Value::String(_)) => 1,
        ("patternProperties", Value::Object(patterns)) => patterns.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, _| json!([inner]))
    }

    #[test]
    fn both_sides_of_each_limit_of_a_subject() {
        for (fits, exceeds) in [
            (nested(64), nested(65)),
            (json!(vec![1; 9_999]), json!(vec![1; 10_000])),
            (json!("x".repeat(256 * 1024)), json!("x".repeat(256 * 1024 + 1))),
            (
                json!({ "x".repeat(200_000): "x".repeat(62_144) }),
                json!({ "x".repeat(200_000): "x".repeat(62_145) }),
            ),
        ] {
            assert_eq!(check_value(&fits), Ok(()));
            assert!(exceeds_size(check_value(&exceeds)));
        }
    }

    fn exceeds_size(checked: Result<(), Violations>) -> bool {
        checked.is_err_and(|found| found.iter().all(|violation| violation.rule() == Rule::Size))
    }

    #[test]
    fn an_object_has_the_same_limits_with_and_without_its_value() {
        let text = |length: usize| json!({ "a": "x".repeat(length) });
        let wide = |count: usize| {
            let members = (0..count).map(|index| (index.to_string(), json!(null)));
            Value::Object(members.collect())
        };
        for (fits, exceeds) in [
            (json!({ "a": nested(63) }), json!({ "a": nested(64) })),
            (wide(9_999), wide(10_000)),
            (text(256 * 1024 - 1), text(256 * 1024)),
        ] {
            assert_eq!(check_object(fits.as_object().unwrap()), Ok(()));
            assert_eq!(check_value(&fits), Ok(()));
            assert!(exceeds_size(check_object(exceeds.as_object().unwrap())));
            assert!(exceeds_size(check_value(&exceeds)));
        }
    }

    #[cfg(feature = "json-schema")]
    #[test]
    fn both_sides_of_each_limit_of_a_schema() {
        let patterns = |count: usize| json!(vec![json!({ "pattern": "x" }); count]);
        for (fits, exceeds) in [
            (nested(64), nested(65)),
            (json!(vec![1; 19_999]), json!(vec![1; 20_000])),
            (json!("x".repeat(1 << 20)), json!("x".repeat((1 << 20) + 1))),
            (patterns(256), patterns(257)),
        ] {
            assert!(check_schema(&fits).is_ok());
            assert!(check_schema(&exceeds).is_err());
        }
    }

    #[test]
    fn many_patterns_share_the_space_of_a_few() {
        let sizes = [0, 1, 16, 17, 256].map(|count| Patterns::of(count).size());
        assert_eq!(sizes, [1 << 20, 1 << 20, 1 << 20, (16 << 20) / 17, 64 << 10]);
    }
}

//! Rules about the values that a schema allows.

use super::{Finding, LintCode};
use crate::{Attribute, CredentialSchema};

pub(super) fn of_schema(schema: &CredentialSchema) -> Option<Finding> {
    let requires_something = schema.attributes().iter().any(Attribute::is_required);
    (!requires_something).then(|| {
        Finding::of_schema(
            LintCode::NothingRequired,
            "attributes",
            "no attribute is required, so an empty subject conforms",
            "require the attributes that make the credential useful",
        )
    })
}

pub(super) fn of_attribute(index: usize, attribute: &Attribute) -> impl Iterator<Item = Finding> {
    let rules = [unbounded_string, enum_of_one, fixed_value, unanchored_pattern];
    rules.into_iter().filter_map(move |rule| rule((index, attribute)))
}

fn unbounded_string(at: (usize, &Attribute)) -> Option<Finding> {
    let limits = at.1.constraints();
    let bounded = limits.max_length.is_some()
        || limits.allowed.is_some()
        || limits.pattern.is_some()
        || limits.format.is_some();
    (at.1.kind().is_text() && !bounded).then(|| {
        Finding::of_attribute(
            LintCode::UnboundedString,
            at,
            "maxLength",
            "may be a string of any length",
            "add `maxLength`, or an `enum` if there are few values",
        )
    })
}

fn enum_of_one(at: (usize, &Attribute)) -> Option<Finding> {
    let allowed = at.1.constraints().allowed.as_deref();
    matches!(allowed, Some([_])).then(|| {
        Finding::of_attribute(
            LintCode::EnumOfOne,
            at,
            "enum",
            "has one allowed value",
            "remove the attribute, or allow other values",
        )
    })
}

fn fixed_value(at: (usize, &Attribute)) -> Option<Finding> {
    let limits = at.1.constraints();
    let minimum = limits.minimum.as_ref()?.as_f64()?;
    let maximum = limits.maximum.as_ref()?.as_f64()?;
    (minimum >= maximum).then(|| {
        Finding::of_attribute(
            LintCode::FixedValue,
            at,
            "maximum",
            "has one allowed value: `minimum` and `maximum` are the same",
            "remove the attribute, or widen the range",
        )
    })
}

fn unanchored_pattern(at: (usize, &Attribute)) -> Option<Finding> {
    let pattern = at.1.constraints().pattern.as_deref()?;
    (!is_anchored(pattern)).then(|| {
        Finding::of_attribute(
            LintCode::UnanchoredPattern,
            at,
            "pattern",
            "accepts every string that contains a match",
            format!("write the pattern as `^(?:{pattern})$`"),
        )
    })
}

/// Whether a match is always the whole text: the pattern has anchors at both ends and no
/// alternatives at the top level.
fn is_anchored(pattern: &str) -> bool {
    let body = without_flags(pattern);
    let starts = body.starts_with('^') || body.starts_with("\\A");
    let ends = (body.ends_with('$') && !body.ends_with("\\$")) || body.ends_with("\\z");
    starts && ends && !has_alternatives(body)
}

/// The pattern without flags at its beginning, such as `(?i)`.
fn without_flags(pattern: &str) -> &str {
    pattern
        .strip_prefix("(?")
        .and_then(|rest| rest.split_once(')'))
        .filter(|(flags, _)| flags.chars().all(|c| c.is_ascii_alphabetic() || c == '-'))
        .map_or(pattern, |(_, body)| body)
}

/// Whether the pattern has a `|` outside groups and classes.
fn has_alternatives(pattern: &str) -> bool {
    let (mut groups, mut in_class) = (0_u32, false);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match (letter, in_class) {
            ('\\', _) => {
                letters.next();
            }
            (']', true) => in_class = false,
            ('[', false) => in_class = true,
            ('(', false) => groups += 1,
            (')', false) => groups = groups.saturating_sub(1),
            ('|', false) if groups == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{codes, findings, lint};
    use super::*;

    fn of_string(limits: &Value) -> Vec<&'static str> {
        let mut attribute = json!({ "name": "note", "type": "string", "required": true, "description": "x" });
        for (name, value) in limits.as_object().unwrap() {
            attribute[name] = value.clone();
        }
        codes(&lint(
            &json!({ "title": "Test", "description": "x", "attributes": [attribute] }),
        ))
    }

    #[test]
    fn a_string_needs_a_limit() {
        assert_eq!(of_string(&json!({})), ["unbounded-string"]);
        assert_eq!(of_string(&json!({ "minLength": 3 })), ["unbounded-string"]);
        for limit in [
            json!({ "maxLength": 10 }),
            json!({ "enum": ["a", "b"] }),
            json!({ "pattern": "^[a-z]+$" }),
            json!({ "format": "uuid" }),
        ] {
            assert!(of_string(&limit).is_empty(), "{limit}");
        }
        assert!(findings(json!({ "name": "checkedAt", "type": "date-time" })).is_empty());
    }

    #[test]
    fn an_enum_needs_a_choice() {
        assert_eq!(of_string(&json!({ "enum": ["a"] })), ["enum-of-one"]);
        assert!(of_string(&json!({ "enum": ["a", "b"] })).is_empty());
    }

    #[test]
    fn a_range_needs_a_choice() {
        let of = |maximum: Value| {
            codes(&findings(
                json!({ "name": "riskScore", "type": "number", "minimum": 5, "maximum": maximum }),
            ))
        };
        assert_eq!(of(json!(5)), ["fixed-value"]);
        assert_eq!(of(json!(5.0)), ["fixed-value"]);
        assert!(of(json!(5.5)).is_empty());
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for pattern in [
            "^a$",
            "^(?:a|b)$",
            "(?i)^a$",
            "\\Aa\\z",
            "^[|]$",
            "^\\|$",
            "^a\\\\b$",
        ] {
            assert!(is_anchored(pattern), "{pattern}");
        }
        for pattern in ["a", "^a", "a$", "^a|b$", "^a\\$", "(?:^a$)|b", "(?i)a"] {
            assert!(!is_anchored(pattern), "{pattern}");
        }
        assert_eq!(
            of_string(&json!({ "pattern": "[A-Z]{3}" })),
            ["unanchored-pattern"]
        );
    }

    #[test]
    fn something_is_required() {
        let mut form = json!({ "title": "Test", "description": "x", "attributes": [
            { "name": "isOver18", "type": "boolean", "description": "x" }] });
        assert_eq!(codes(&lint(&form)), ["nothing-required"]);
        form["attributes"][0]["required"] = json!(true);
        assert!(lint(&form).is_empty());
    }
}

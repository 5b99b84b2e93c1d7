//! Constraints on an attribute's values, which are checked against its type once.

use serde_json::{Number, Value};

use crate::{Attribute, AttributeType, Error, Format};

const ENUM_LIMIT: usize = 1000;
const PATTERN_LIMIT: usize = 256;
/// 2^53 − 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Constraints on an attribute's values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// The values that are allowed.
    pub allowed: Option<Vec<Value>>,
    /// A regular expression that a text must match somewhere. It runs in linear time, so it can't
    /// have look-around or back-references.
    pub pattern: Option<String>,
    /// The minimum length, in characters.
    pub min_length: Option<u32>,
    /// The maximum length, in characters.
    pub max_length: Option<u32>,
    /// The minimum.
    pub minimum: Option<Number>,
    /// The maximum.
    pub maximum: Option<Number>,
    /// The format of a text.
    pub format: Option<Format>,
}

impl Constraints {
    /// Checks that the constraints fit the type and each other.
    pub(crate) fn check(&self, attribute: &Attribute) -> Result<(), Error> {
        let kind = attribute.kind;
        let refuse = |reason| {
            Err(Error::Constraint {
                name: attribute.name.to_string(),
                reason,
            })
        };
        let for_text = self.pattern.is_some()
            || self.min_length.is_some()
            || self.max_length.is_some()
            || self.format.is_some();
        if for_text && !kind.is_text() {
            return refuse("pattern, length and format are for type string");
        }
        if (self.minimum.is_some() || self.maximum.is_some()) && !kind.is_numeric() {
            return refuse("minimum and maximum are for numbers");
        }
        if self
            .pattern
            .as_ref()
            .is_some_and(|pattern| pattern.chars().count() > PATTERN_LIMIT)
        {
            return refuse("the pattern is longer than 256 characters");
        }
        if self
            .min_length
            .zip(self.max_length)
            .is_some_and(|(min, max)| min > max)
        {
            return refuse("minLength exceeds maxLength");
        }
        let minimum = self.minimum.as_ref().and_then(Number::as_f64);
        if minimum
            .zip(self.maximum.as_ref().and_then(Number::as_f64))
            .is_some_and(|(min, max)| min > max)
        {
            return refuse("minimum exceeds maximum");
        }
        if !self.numbers().all(is_exact) {
            return refuse("a number is too large for JSON readers to keep; stay within ±9007199254740991");
        }
        match &self.allowed {
            Some(values) if values.is_empty() || values.len() > ENUM_LIMIT => {
                refuse("enum needs 1 to 1,000 values")
            }
            Some(values) if !values.iter().all(|value| is_of(kind, value)) => {
                refuse("enum has a value of another type than the attribute's")
            }
            Some(values) if has_twins(values) => refuse("enum has a value twice"),
            _ => Ok(()),
        }
    }

    fn numbers(&self) -> impl Iterator<Item = &Number> {
        let allowed = self.allowed.iter().flatten().filter_map(Value::as_number);
        self.minimum.iter().chain(&self.maximum).chain(allowed)
    }
}

/// Whether all JSON readers read the number exactly. RFC 7493, 2.2: some round integers beyond 53
/// bits and numbers beyond a double.
fn is_exact(number: &Number) -> bool {
    let whole = number.is_i64() || number.is_u64();
    number
        .as_f64()
        .is_some_and(|value| value.is_finite() && (!whole || value.abs() <= MAX_SAFE_INTEGER))
}

fn has_twins(values: &[Value]) -> bool {
    let mut keys: Vec<String> = values.iter().map(key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}

/// A key that is equal for values that JSON Schema considers equal, such as 1 and 1.0.
pub(crate) fn key(value: &Value) -> String {
    match value.as_f64() {
        // Adding zero turns minus zero into zero.
        Some(number) => (number + 0.0).to_string(),
        None => value.to_string(),
    }
}

fn is_of(kind: AttributeType, value: &Value) -> bool {
    match kind {
        AttributeType::Number => value.is_number(),
        AttributeType::Integer => value.is_i64() || value.is_u64(),
        AttributeType::Boolean => value.is_boolean(),
        AttributeType::String | AttributeType::Date | AttributeType::DateTime => value.is_string(),
    }
}

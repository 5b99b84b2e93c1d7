//! Conditions on attributes.

use jiff::{Timestamp, civil::Date};
use serde_json::Value as Json;

use crate::{
    Error,
    encoding::{Kind, Value},
    layout::SchemaLayout,
};

/// The maximum number of values of a list.
pub(crate) const LIST_LIMIT: usize = 64;

/// A comparison with values that the verifier knows. No comparison holds for an absent attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Predicate {
    /// The same value, which discloses the attribute.
    Equals(Json),
    /// Another value.
    NotEquals(Json),
    /// A greater number, or a later date or time.
    Greater(Json),
    /// A smaller number, or an earlier date or time.
    Less(Json),
    /// A number, date or time between two, both of which are included.
    Between(Json, Json),
    /// One of 1 to 64 values.
    In(Vec<Json>),
    /// None of 1 to 64 values.
    NotIn(Vec<Json>),
}

/// A condition on an attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    attribute: String,
    predicate: Predicate,
}

impl Condition {
    /// A condition on the attribute with this name.
    #[must_use]
    pub fn new(attribute: impl Into<String>, predicate: Predicate) -> Self {
        Self {
            attribute: attribute.into(),
            predicate,
        }
    }

    /// The attribute's name.
    #[must_use]
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// The comparison.
    #[must_use]
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// The attribute's position, and the comparison in the attribute's encoding.
    pub(crate) fn resolve(&self, layout: &SchemaLayout) -> Result<(usize, Test), Error> {
        let (position, kind) = layout.find(&self.attribute)?;
        let test = test(&self.predicate, kind).map_err(|reason| Error::Condition {
            attribute: self.attribute.clone(),
            reason,
        })?;
        Ok((position, test))
    }
}

/// A comparison of encoded values.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Equals(Value),
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    /// Limits of the offset number, which are included.
    Range {
        minimum: Option<u64>,
        maximum: Option<u64>,
    },
}

impl Test {
    /// Whether the value satisfies it.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        match self {
            _ if *value == Value::Absent => false,
            Self::Equals(expected) => value == expected,
            Self::OneOf(values) => values.contains(value),
            Self::NoneOf(values) => !values.contains(value),
            Self::Range { minimum, maximum } => value.to_offset().is_some_and(|number| {
                minimum.is_none_or(|minimum| number >= minimum)
                    && maximum.is_none_or(|maximum| number <= maximum)
            }),
        }
    }
}

fn test(predicate: &Predicate, kind: Kind) -> Result<Test, &'static str> {
    let one = |json: &Json| read(json, kind);
    let many = |list: &[Json]| {
        if list.is_empty() || list.len() > LIST_LIMIT {
            return Err("a list has 1 to 64 values");
        }
        list.iter().map(one).collect()
    };
    let number = |json: &Json| {
        if !kind.is_ordered() {
            return Err("texts and booleans have no order");
        }
        one(json)?.to_offset().ok_or("texts and booleans have no order")
    };
    Ok(match predicate {
        Predicate::Equals(json) => Test::Equals(one(json)?),
        Predicate::NotEquals(json) => Test::NoneOf(vec![one(json)?]),
        Predicate::In(list) => Test::OneOf(many(list)?),
        Predicate::NotIn(list) => Test::NoneOf(many(list)?),
        Predicate::Greater(json) => Test::Range {
            minimum: Some(number(json)?.checked_add(1).ok_or("no value is greater")?),
            maximum: None,
        },
        Predicate::Less(json) => Test::Range {
            minimum: None,
            maximum: Some(number(json)?.checked_sub(1).ok_or("no value is less")?),
        },
        Predicate::Between(minimum, maximum) => {
            let (minimum, maximum) = (number(minimum)?, number(maximum)?);
            if minimum > maximum {
                return Err("the minimum exceeds the maximum");
            }
            Test::Range {
                minimum: Some(minimum),
                maximum: Some(maximum),
            }
        }
    })
}

fn read(json: &Json, kind: Kind) -> Result<Value, &'static str> {
    let value = kind.read(json)?;
    if let Value::Text(text) = &value
        && (text.parse::<Timestamp>().is_ok() || text.parse::<Date>().is_ok())
    {
        // The platform compares two such texts by their time, and a proof by their bytes.
        return Err(
            "a date can't be compared with an attribute of type string; use the type date or date-time",
        );
    }
    Ok(value)
}

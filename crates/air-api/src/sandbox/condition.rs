//! Conditions of verification programs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The comparison of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Operator {
    /// The same value.
    #[serde(rename = "equals")]
    Equals,
    /// Another value.
    #[serde(rename = "not equals", alias = "notEquals")]
    NotEquals,
    /// A greater number, or a later date.
    #[serde(rename = "greater")]
    Greater,
    /// A smaller number, or an earlier date.
    #[serde(rename = "less")]
    Less,
    /// One of the values.
    #[serde(rename = "in", alias = "includes")]
    In,
    /// None of the values.
    #[serde(rename = "not in", alias = "excludes", alias = "notIn")]
    NotIn,
}

/// A rule of a verification program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// The schema's attribute.
    pub attribute: String,
    /// The comparison.
    pub operator: Operator,
    /// The value to compare with; an array for `in` and `not in`.
    pub value: Value,
}

//! JSON Schemas of the local platform's types that are not derived, as in [`crate::openapi`].

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{EventId, Expiration, Operator, SeedSchema};
use crate::openapi::{text, with_key};

/// 1 to 36,500 days or years, or `permanent`.
const EXPIRATION: &str =
    r"^(permanent|([1-9][0-9]{0,3}|[12][0-9]{4}|3[0-5][0-9]{3}|36[0-4][0-9]{2}|36500)[dy])$";

text! {
    EventId: "^evt_[0-9a-f]{24}$", "evt_0000000000070f3a9c51d2b8", "An event: its place and a random part.";
    Expiration: EXPIRATION, "90d", "How long credentials are valid: days, years (365 days, a hundred at most) or `permanent`.";
}

impl JsonSchema for SeedSchema {
    fn schema_name() -> Cow<'static, str> {
        "SeedSchema".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        with_key()
    }
}

/// Includes the alternative spellings that the parser accepts.
impl JsonSchema for Operator {
    fn schema_name() -> Cow<'static, str> {
        "Operator".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "enum": [
                "equals", "not equals", "notEquals", "greater", "less", "in", "includes", "not in", "notIn", "excludes",
            ],
            "description": "How a condition compares: numbers by value, dates by time. `in` and `not in` take an array.",
        })
    }
}

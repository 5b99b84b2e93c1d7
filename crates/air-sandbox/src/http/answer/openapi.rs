//! The JSON Schemas of the results that have one of their own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::PublicKeys;

impl JsonSchema for PublicKeys {
    fn schema_name() -> Cow<'static, str> {
        "PublicKeys".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let member = json!({ "type": "string" });
        json_schema!({
            "type": "object",
            "description": "A JWK set (RFC 7517).",
            "properties": { "keys": { "type": "array", "items": {
                "type": "object",
                "properties": { "kty": member, "kid": member, "alg": member, "use": member, "crv": member, "x": member, "y": member },
                "required": ["kty", "kid"],
            } } },
            "required": ["keys"],
        })
    }
}

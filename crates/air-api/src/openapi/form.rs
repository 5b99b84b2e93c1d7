//! The dashboard's form of a schema, as air-schema reads it.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// The form of `POST /sandbox/v1/schemas`.
pub(crate) fn credential_schema(_: &mut SchemaGenerator) -> Schema {
    form(Map::new(), &["title", "attributes"])
}

/// The form in a seed file, which also has a key.
pub(crate) fn with_key() -> Schema {
    let key = json!({ "type": "string", "description": "The name that other parts of the file use." });
    form(
        Map::from_iter([("key".to_owned(), key)]),
        &["key", "title", "attributes"],
    )
}

fn form(mut properties: Map<String, Value>, required: &[&str]) -> Schema {
    properties.extend([
        ("title".to_owned(), text(&json!("string"), 200, "The name for people.")),
        ("type".to_owned(), optional_text(200, "Its type, in PascalCase: letters, digits, `_` and `-`.")),
        ("version".to_owned(), optional_text(32, "Its version. Defaults to 1.0.")),
        ("description".to_owned(), optional_text(2000, "The purpose of the credential.")),
        (
            "attributes".to_owned(),
            json!({ "type": "array", "minItems": 1, "maxItems": 256, "items": attribute(), "description": "The subject's members. Each name occurs once." }),
        ),
    ]);
    json_schema!({
        "type": "object",
        "description": "The dashboard's form of a schema.",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// One attribute. The limits that it may have depend on its type.
fn attribute() -> Value {
    json!({ "oneOf": [
        attribute_of(&json!(["string"]), &json!({ "type": "string" }), &json!({
            "pattern": { "type": ["string", "null"], "format": "regex", "maxLength": 256, "description": "Must match somewhere; without look-around and back-references." },
            "minLength": length("The fewest characters."),
            "maxLength": length("The most characters."),
            "format": { "enum": ["email", "uri", "uuid", "hostname", "ipv4", "ipv6", null] },
        })),
        attribute_of(&json!(["date", "date-time"]), &json!({ "type": "string" }), &json!({})),
        attribute_of(&json!(["boolean"]), &json!({ "type": "boolean" }), &json!({})),
        attribute_of(&json!(["number"]), &json!({ "type": "number" }), &limits()),
        attribute_of(&json!(["integer"]), &json!({ "type": "integer" }), &limits()),
    ]})
}

fn attribute_of(types: &Value, value: &Value, more: &Value) -> Value {
    let mut properties = json!({
        "name": {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$",
            "not": { "enum": ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "vct", "cnf", "status", "id", "nonce", "type", "vocab", "xsd", "constructor", "prototype"] },
            "description": "A letter, then letters, digits and `_`; camelCase is usual.",
        },
        "title": optional_text(200, "The label of the field for people."),
        "description": optional_text(2000, "Its meaning."),
        "type": { "enum": types },
        "required": { "type": "boolean", "default": false },
        "enum": { "type": ["array", "null"], "minItems": 1, "maxItems": 1000, "uniqueItems": true, "items": value, "description": "The values that are allowed." },
    });
    if let (Value::Object(properties), Value::Object(more)) = (&mut properties, more) {
        properties.extend(more.clone());
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": ["name", "type"],
        "additionalProperties": false,
    })
}

/// Integers must also be within ±9007199254740991 (RFC 7493, 2.2), which the parser checks.
fn limits() -> Value {
    let limit = |description| json!({ "type": ["number", "null"], "description": description });
    json!({ "minimum": limit("The least number."), "maximum": limit("The greatest number.") })
}

fn length(description: &str) -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX, "description": description })
}

fn optional_text(limit: u32, description: &str) -> Value {
    text(&json!(["string", "null"]), limit, description)
}

fn text(kind: &Value, limit: u32, description: &str) -> Value {
    json!({ "type": kind, "pattern": r"\S", "maxLength": limit, "description": description })
}

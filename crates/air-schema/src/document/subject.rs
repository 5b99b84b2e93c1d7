//! The JSON Schema of a subject.

use serde_json::{Map, Value, json};

use super::object;
use crate::{Attribute, AttributeType, CredentialSchema, Draft};

impl CredentialSchema {
    /// The JSON Schema of the `credentialSubject`: an object of the attributes, without other
    /// members.
    #[must_use]
    pub fn to_json_schema(&self, draft: Draft) -> Value {
        object([
            ("$schema", Some(json!(draft.uri()))),
            ("title", Some(json!(self.title()))),
            ("description", self.description().map(|text| json!(text))),
            ("type", Some(json!("object"))),
            ("properties", Some(Value::Object(properties(self)))),
            ("required", Some(json!(required(self)))),
            ("additionalProperties", Some(json!(false))),
        ])
    }
}

/// The schemas of the attributes, in the form's order.
pub(super) fn properties(schema: &CredentialSchema) -> Map<String, Value> {
    schema
        .attributes()
        .iter()
        .map(|attribute| (attribute.name().to_string(), property(attribute)))
        .collect()
}

pub(super) fn required(schema: &CredentialSchema) -> Vec<&str> {
    schema
        .attributes()
        .iter()
        .filter(|attribute| attribute.is_required())
        .map(|attribute| attribute.name().as_str())
        .collect()
}

fn property(attribute: &Attribute) -> Value {
    let (kind, own_format) = match attribute.kind() {
        AttributeType::String => ("string", None),
        AttributeType::Number => ("number", None),
        AttributeType::Integer => ("integer", None),
        AttributeType::Boolean => ("boolean", None),
        AttributeType::Date => ("string", Some("date")),
        AttributeType::DateTime => ("string", Some("date-time")),
    };
    let limits = attribute.constraints();
    let format = own_format.or(limits.format.map(crate::Format::name));
    object([
        ("title", attribute.title().map(|text| json!(text))),
        ("description", attribute.description().map(|text| json!(text))),
        ("type", Some(json!(kind))),
        ("format", format.map(|name| json!(name))),
        ("enum", limits.allowed.clone().map(Value::Array)),
        ("pattern", limits.pattern.as_ref().map(|pattern| json!(pattern))),
        ("minLength", limits.min_length.map(|length| json!(length))),
        ("maxLength", limits.max_length.map(|length| json!(length))),
        ("minimum", limits.minimum.clone().map(Value::Number)),
        ("maximum", limits.maximum.clone().map(Value::Number)),
    ])
}

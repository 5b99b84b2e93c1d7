//! The form as a JSON Schema.

use serde_json::{Map, Value, json};

use crate::{Attribute, AttributeType, CredentialSchema};

/// A version of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Draft {
    /// Draft 7: what the platform publishes.
    Draft7,
    /// Draft 2020-12.
    Draft202012,
}

impl Draft {
    const fn uri(self) -> &'static str {
        match self {
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
        }
    }
}

impl CredentialSchema {
    /// The JSON Schema of the `credentialSubject`: an object of the attributes and nothing else.
    #[must_use]
    pub fn to_json_schema(&self, draft: Draft) -> Value {
        let properties: Map<String, Value> = self
            .attributes()
            .iter()
            .map(|attribute| (attribute.name().to_string(), property(attribute)))
            .collect();
        let required: Vec<&str> = self
            .attributes()
            .iter()
            .filter(|attribute| attribute.is_required())
            .map(|attribute| attribute.name().as_str())
            .collect();
        let mut document = json!({
            "$schema": draft.uri(),
            "title": self.title(),
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        if let Some((description, document)) = self.description().zip(document.as_object_mut()) {
            document.insert("description".into(), json!(description));
        }
        document
    }
}

fn property(attribute: &Attribute) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    let (kind, own_format) = match attribute.kind() {
        AttributeType::String => ("string", None),
        AttributeType::Number => ("number", None),
        AttributeType::Integer => ("integer", None),
        AttributeType::Boolean => ("boolean", None),
        AttributeType::Date => ("string", Some("date")),
        AttributeType::DateTime => ("string", Some("date-time")),
    };
    let constraints = attribute.constraints();
    set("type", Some(json!(kind)));
    set(
        "format",
        own_format
            .or(constraints.format.map(crate::Format::name))
            .map(|name| json!(name)),
    );
    set("title", attribute.title().map(|title| json!(title)));
    set(
        "description",
        attribute.description().map(|description| json!(description)),
    );
    set("enum", constraints.allowed.clone().map(Value::Array));
    set(
        "pattern",
        constraints.pattern.as_ref().map(|pattern| json!(pattern)),
    );
    set("minLength", constraints.min_length.map(|length| json!(length)));
    set("maxLength", constraints.max_length.map(|length| json!(length)));
    set("minimum", constraints.minimum.clone().map(Value::Number));
    set("maximum", constraints.maximum.clone().map(Value::Number));
    Value::Object(members)
}

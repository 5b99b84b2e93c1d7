//! The JSON of disclosed claims. A proof over RDF covers statements, and a statement can have several forms in JSON: `"a"` and `["a"]` are
//! the same, and so are the integers `21` and `"21"`.

use air_schema::{AttributeType, CredentialSchema};
use serde_json::{Map, Value};

/// Returns the name of a claim that is not in the form of its schema. A holder could write a claim so that a condition such as `not equals`
/// holds.
pub(super) fn find_other_form<'s>(
    schema: &'s CredentialSchema,
    subject: &Map<String, Value>,
) -> Option<&'s str> {
    let mut attributes = schema.attributes().iter();
    let other = attributes.find(|attribute| {
        let value = subject.get(attribute.name().as_str());
        value.is_some_and(|value| !has_form(attribute.kind(), value))
    });
    other.map(|attribute| attribute.name().as_str())
}

fn has_form(kind: AttributeType, value: &Value) -> bool {
    match kind {
        AttributeType::String | AttributeType::Date | AttributeType::DateTime => value.is_string(),
        AttributeType::Number | AttributeType::Integer => value.is_number(),
        AttributeType::Boolean => value.is_boolean(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_has_the_form_of_its_schema() {
        let form = json!({ "title": "Adult", "attributes": [
            { "name": "age", "type": "integer" },
            { "name": "isOver18", "type": "boolean" },
            { "name": "country", "type": "string" },
            { "name": "birthDate", "type": "date" },
        ] });
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
        for (subject, other) in [
            (json!({}), None),
            (
                json!({ "age": 21, "isOver18": true, "country": "UTO", "birthDate": "1990-05-01" }),
                None,
            ),
            (json!({ "age": "21" }), Some("age")),
            (json!({ "age": [21] }), Some("age")),
            (json!({ "isOver18": "true" }), Some("isOver18")),
            (json!({ "country": ["UTO"] }), Some("country")),
            (
                json!({ "country": "UTO", "birthDate": ["1990-05-01"] }),
                Some("birthDate"),
            ),
        ] {
            let found = find_other_form(&schema, subject.as_object().unwrap());
            assert_eq!(found, other, "{subject}");
        }
    }
}

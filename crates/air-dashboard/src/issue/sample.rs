//! The subject of the shown calls: the typed claims, and examples of required claims that are not typed yet.

use air_schema::{Attribute, AttributeType, Constraints, CredentialSchema, Format, Validator};
use serde_json::{Map, Value, json};

const TEXT: &str = "example";
/// Texts that usual patterns accept.
const CANDIDATES: [&str; 7] = [TEXT, "UTO", "EXAMPLE1", "UT", "12345678", "12345", "+12025550123"];

/// Adds an example of each required claim that is missing.
pub(super) fn completed(schema: &CredentialSchema, typed: Map<String, Value>) -> Map<String, Value> {
    let required = schema
        .attributes()
        .iter()
        .filter(|attribute| attribute.is_required());
    let mut subject = typed;
    for attribute in required {
        let name = attribute.name().as_str();
        if !subject.contains_key(name) {
            let example = match attribute.constraints().pattern {
                Some(_) => matching(schema, name),
                None => example(attribute),
            };
            subject.insert(name.to_owned(), example);
        }
    }
    subject
}

/// Returns a text that the attribute accepts, or any text if none of the candidates is accepted.
fn matching(schema: &CredentialSchema, name: &str) -> Value {
    let validator = Validator::new(schema).ok();
    let fits = |candidate: &&&str| {
        let subject = Map::from_iter([(name.to_owned(), json!(candidate))]);
        let violations = validator
            .as_ref()
            .and_then(|validator| validator.validate(&subject).err());
        let pointer = format!("/{name}");
        violations.is_none_or(|violations| violations.iter().all(|violation| violation.pointer() != pointer))
    };
    json!(CANDIDATES.iter().find(fits).unwrap_or(&TEXT))
}

fn example(attribute: &Attribute) -> Value {
    let constraints = attribute.constraints();
    if let Some(first) = constraints.allowed.as_ref().and_then(|allowed| allowed.first()) {
        return first.clone();
    }
    match attribute.kind() {
        AttributeType::Boolean => json!(true),
        AttributeType::Number | AttributeType::Integer => {
            let least = constraints.minimum.clone();
            let bound = least.or_else(|| constraints.maximum.clone());
            bound.map_or(json!(1), Value::Number)
        }
        AttributeType::Date => json!("1990-05-01"),
        AttributeType::DateTime => json!("1990-05-01T12:00:00Z"),
        _ => json!(text(constraints)),
    }
}

fn text(constraints: &Constraints) -> String {
    match constraints.format {
        Some(Format::Email) => return "ada@example.com".to_owned(),
        Some(Format::Uri) => return "https://example.com".to_owned(),
        Some(Format::Uuid) => return "6ba7b810-9dad-41d1-80b4-00c04fd430c8".to_owned(),
        Some(Format::Hostname) => return "example.com".to_owned(),
        Some(Format::Ipv4) => return "192.0.2.1".to_owned(),
        Some(Format::Ipv6) => return "2001:db8::1".to_owned(),
        _ => {}
    }
    let length = |limit: Option<u32>| limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    // A longer minimum would fill the page. The platform's refusal names it.
    let least = length(constraints.min_length).unwrap_or(0).min(200);
    let most = length(constraints.max_length).unwrap_or(usize::MAX);
    let letters = TEXT.chars().cycle();
    letters.take(TEXT.len().max(least).min(most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_fit_the_schema_and_typed_claims_stay() {
        let form = json!({ "title": "Everything", "attributes": [
            { "name": "yes", "type": "boolean", "required": true },
            { "name": "age", "type": "integer", "required": true, "minimum": 18 },
            { "name": "country", "type": "string", "required": true, "enum": ["UTO"] },
            { "name": "short", "type": "string", "required": true, "maxLength": 3 },
            { "name": "long", "type": "string", "required": true, "minLength": 20 },
            { "name": "mail", "type": "string", "required": true, "format": "email" },
            { "name": "born", "type": "date", "required": true },
            { "name": "seen", "type": "date-time", "required": true },
            { "name": "code", "type": "string", "required": true, "pattern": "^[A-Z]{3}$" },
            { "name": "number", "type": "string", "required": true, "pattern": "^[A-Z0-9]{6,9}$" },
            { "name": "optional", "type": "string" },
        ]});
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
        let typed = json!({ "short": "abc", "optional": "typed" })
            .as_object()
            .unwrap()
            .clone();
        let subject = completed(&schema, typed);
        assert_eq!(
            (&subject["short"], &subject["optional"]),
            (&json!("abc"), &json!("typed"))
        );
        assert_eq!(subject.len(), schema.attributes().len());
        let validator = Validator::new(&schema).unwrap();
        assert!(validator.validate(&subject).is_ok(), "{subject:?}");
    }
}

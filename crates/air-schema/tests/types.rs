//! Schemas from Rust types, and subjects into them.
#![cfg(feature = "schemars")]
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_schema::{CredentialSchema, Error, Rule, Validator};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A person whose identity was checked.
///
/// By a regulated provider.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct KycIdentity {
    /// # Given names
    /// As printed.
    #[schemars(length(min = 1, max = 100))]
    given_name: String,
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    nationality: Nationality,
    birth_date: chrono::NaiveDate,
    #[schemars(email)]
    email: Option<String>,
    /// How far it was checked.
    level: Level,
    former_level: Option<Level>,
    reason: Option<Reason>,
    #[schemars(range(min = 0, max = 100))]
    risk_score: u32,
    #[validate(range(min = 0.5))]
    ratio: Option<f64>,
    visits: u8,
    #[serde(default)]
    is_over_18: bool,
    checked_at: chrono::DateTime<chrono::Utc>,
}

/// Three letters.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Nationality(String);

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Level {
    Basic,
    Enhanced,
}

/// Why there is no credential.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Reason {
    /// The document was not valid any more.
    Expired,
    NotReadable,
}

fn subject() -> Value {
    json!({
        "givenName": "Ada", "nationality": "UTO", "birthDate": "1990-05-01", "level": "basic", "reason": "not-readable",
        "riskScore": 7, "visits": 1, "isOver18": true, "checkedAt": "2026-01-19T07:18:45Z",
    })
}

#[test]
fn a_struct_is_a_schema_in_the_order_of_its_fields() {
    let schema = CredentialSchema::from_type::<KycIdentity>().unwrap();
    let form = serde_json::to_value(&schema).unwrap();
    assert_eq!(
        form,
        json!({
            "title": "Kyc Identity",
            "type": "KycIdentity",
            "version": "1.0",
            "description": "A person whose identity was checked.\n\nBy a regulated provider.",
            "attributes": [
                {
                    "name": "givenName", "title": "Given names", "description": "As printed.", "type": "string",
                    "required": true, "minLength": 1, "maxLength": 100,
                },
                {
                    "name": "nationality", "description": "Three letters.", "type": "string", "required": true,
                    "pattern": "^[A-Z]{3}$",
                },
                { "name": "birthDate", "type": "date", "required": true },
                { "name": "email", "type": "string", "required": false, "format": "email" },
                {
                    "name": "level", "description": "How far it was checked.", "type": "string", "required": true,
                    "enum": ["basic", "enhanced"],
                },
                { "name": "formerLevel", "type": "string", "required": false, "enum": ["basic", "enhanced"] },
                {
                    "name": "reason", "description": "Why there is no credential.", "type": "string", "required": false,
                    "enum": ["not-readable", "expired"],
                },
                { "name": "riskScore", "type": "integer", "required": true, "minimum": 0, "maximum": 100 },
                { "name": "ratio", "type": "number", "required": false, "minimum": 0.5 },
                { "name": "visits", "type": "integer", "required": true, "minimum": 0, "maximum": 255 },
                { "name": "isOver18", "type": "boolean", "required": false },
                { "name": "checkedAt", "type": "date-time", "required": true },
            ],
        })
    );
}

#[test]
fn a_title_and_a_version_may_be_given() {
    /// # KYC, light
    #[derive(JsonSchema)]
    #[schemars(extend("$metadata" = { "type": "KycLight", "version": "2.3" }))]
    #[expect(dead_code, reason = "only its schema is asked for")]
    struct Light {
        adult: bool,
    }
    let schema = CredentialSchema::from_type::<Light>().unwrap();
    assert_eq!(
        (
            schema.title(),
            schema.type_name(),
            schema.version(),
            schema.description()
        ),
        ("KYC, light", "KycLight", "2.3", None)
    );
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is asked for")]
struct Of<T> {
    a: T,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is asked for")]
struct Tree {
    a: Option<Box<Tree>>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is asked for")]
struct SnakeCase {
    given_name: String,
}

#[test]
fn what_has_no_place_in_the_form_is_refused_by_field() {
    fn misfit<T: JsonSchema>() -> String {
        match CredentialSchema::from_type::<T>() {
            Err(Error::Misfit { pointer, .. }) => pointer,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(misfit::<Of<Vec<String>>>(), "/properties/a/type");
    assert_eq!(misfit::<Of<Of<String>>>(), "/properties/a/type");
    assert_eq!(misfit::<Of<Value>>(), "/properties/a");
    assert_eq!(misfit::<Of<chrono::NaiveTime>>(), "/properties/a/format");
    assert_eq!(
        misfit::<Of<std::collections::BTreeMap<String, u8>>>(),
        "/properties/a/type"
    );
    assert_eq!(misfit::<String>(), "/type");
    assert!(CredentialSchema::from_type::<Value>().is_err());
    assert!(CredentialSchema::from_type::<Tree>().is_err());
    let snake_case = CredentialSchema::from_type::<SnakeCase>().unwrap();
    assert_eq!(snake_case.attributes()[0].name().as_str(), "given_name");
}

#[test]
fn a_subject_that_keeps_the_schema_of_a_type_is_read_into_it() {
    let schema = CredentialSchema::from_type::<KycIdentity>().unwrap();
    let validator = Validator::new(&schema).unwrap();
    let read: KycIdentity = validator.read(subject().as_object().unwrap()).unwrap();
    assert_eq!(
        (read.given_name.as_str(), read.level, read.email),
        ("Ada", Level::Basic, None)
    );
    let mut wrong = subject();
    wrong["level"] = json!("golden");
    wrong["isOver18"] = json!("yes");
    let found = validator
        .read::<KycIdentity>(wrong.as_object().unwrap())
        .unwrap_err();
    let rules: Vec<(&str, Rule)> = found
        .iter()
        .map(|violation| (violation.pointer(), violation.rule()))
        .collect();
    assert_eq!(rules, [("/isOver18", Rule::Type), ("/level", Rule::Enum)]);
}

#[test]
fn a_type_that_is_narrower_than_the_schema_shows_where_and_not_what() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it can't be read")]
    struct Narrow {
        level: Level,
        visits: u8,
    }
    let schema = json!({ "title": "t", "attributes": [
        { "name": "level", "type": "string" }, { "name": "visits", "type": "integer" },
    ] });
    let schema = CredentialSchema::from_slice(schema.to_string().as_bytes()).unwrap();
    let validator = Validator::new(&schema).unwrap();
    for (subject, pointer) in [
        (json!({ "level": "s3cr3t", "visits": 1 }), "/level"),
        (json!({ "level": "basic", "visits": 77_777 }), "/visits"),
        (json!({ "level": "basic" }), ""),
    ] {
        let found = validator
            .read::<Narrow>(subject.as_object().unwrap())
            .unwrap_err();
        let only = found.iter().next().unwrap();
        assert_eq!((only.pointer(), only.rule()), (pointer, Rule::Unreadable));
        let shown = format!("{found} {found:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("77777"), "{shown}");
    }
}

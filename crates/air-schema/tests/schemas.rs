//! The form, its JSON Schema, and validation.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_schema::{CredentialSchema, Draft, Error, Rule, SubjectError, Validator, parse_subject};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn form() -> Value {
    json!({
        "title": "KYC basic",
        "attributes": [
            { "name": "givenName", "type": "string", "required": true, "minLength": 1, "maxLength": 20 },
            { "name": "birthDate", "type": "date", "required": true },
            { "name": "level", "type": "string", "enum": ["basic", "enhanced"] },
            { "name": "country", "type": "string", "pattern": "^[A-Z]{3}$" },
            { "name": "email", "type": "string", "format": "email" },
            { "name": "riskScore", "type": "integer", "minimum": 0, "maximum": 100 },
            { "name": "ratio", "type": "number" },
            { "name": "isOver18", "type": "boolean" },
            { "name": "verifiedAt", "type": "date-time" },
        ],
    })
}

fn schema() -> CredentialSchema {
    CredentialSchema::from_slice(form().to_string().as_bytes()).unwrap()
}

fn refusal(form: &Value) -> Error {
    CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap_err()
}

/// The pointers and rules of the violations.
fn violations(subject: &Map<String, Value>) -> Vec<(String, Rule)> {
    match Validator::new(&schema()).unwrap().validate(subject) {
        Ok(()) => Vec::new(),
        Err(found) => found
            .iter()
            .map(|violation| (violation.pointer().to_owned(), violation.rule()))
            .collect(),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is not an object"),
    }
}

fn subject_with(name: &str, value: Value) -> Map<String, Value> {
    let mut subject = object(json!({ "givenName": "Ada", "birthDate": "1990-05-01" }));
    subject.insert(name.to_owned(), value);
    subject
}

#[test]
fn a_form_reads_back_as_it_was_written_with_its_defaults_filled_in() {
    let schema = schema();
    assert_eq!((schema.type_name(), schema.version()), ("KYCBasic", "1.0"));
    let written = serde_json::to_vec(&schema).unwrap();
    assert_eq!(CredentialSchema::from_slice(&written).unwrap(), schema);
}

#[test]
fn the_content_id_follows_the_content_and_not_the_layout() {
    let pretty = serde_json::to_string_pretty(&form()).unwrap();
    let same = CredentialSchema::from_slice(pretty.as_bytes()).unwrap();
    assert_eq!(same.content_id(), schema().content_id());
    let mut changed = form();
    changed["attributes"][0]["required"] = json!(false);
    let changed = CredentialSchema::from_slice(changed.to_string().as_bytes()).unwrap();
    assert_ne!(changed.content_id(), schema().content_id());
}

#[test]
fn the_json_schema_closes_the_object_and_names_the_draft() {
    for (draft, uri) in [
        (Draft::Draft7, "http://json-schema.org/draft-07/schema#"),
        (Draft::Draft202012, "https://json-schema.org/draft/2020-12/schema"),
    ] {
        let document = schema().to_json_schema(draft);
        assert_eq!(document["$schema"], uri);
        assert_eq!(document["additionalProperties"], false);
        assert_eq!(document["required"], json!(["givenName", "birthDate"]));
        assert_eq!(
            document["properties"]["birthDate"],
            json!({ "type": "string", "format": "date" })
        );
        assert!(jsonschema::meta::is_valid(&document));
    }
}

#[test]
fn refuses_forms_that_contradict_themselves() {
    let with = |attribute: Value| refusal(&json!({ "title": "t", "attributes": [attribute] }));
    for attribute in [
        json!({ "name": "a", "type": "integer", "pattern": "x" }),
        json!({ "name": "a", "type": "string", "minimum": 1 }),
        json!({ "name": "a", "type": "string", "minLength": 2, "maxLength": 1 }),
        json!({ "name": "a", "type": "number", "minimum": 2, "maximum": 1 }),
        json!({ "name": "a", "type": "integer", "enum": [1, "2"] }),
        json!({ "name": "a", "type": "string", "enum": [] }),
        json!({ "name": "a", "type": "string", "pattern": "x".repeat(257) }),
    ] {
        assert!(
            matches!(with(attribute.clone()), Error::Constraint { .. }),
            "{attribute}"
        );
    }
    assert!(matches!(
        with(json!({ "name": "a", "type": "text" })),
        Error::Form { .. }
    ));
    assert!(matches!(
        with(json!({ "name": "a", "type": "string", "x": 1 })),
        Error::Form { .. }
    ));
    let twice = json!([{ "name": "a", "type": "string" }, { "name": "a", "type": "number" }]);
    let refused = refusal(&json!({ "title": "t", "attributes": twice }));
    assert_eq!(refused, Error::DuplicateAttribute { name: "a".into() });
    assert_eq!(
        refusal(&json!({ "title": " ", "attributes": [] })),
        Error::TextLength {
            field: "title",
            limit: 200
        }
    );
    assert_eq!(
        refusal(&json!({ "title": "t", "attributes": [] })),
        Error::AttributeCount { count: 0, limit: 256 }
    );
}

#[test]
fn refuses_a_pattern_that_is_invalid_or_could_run_without_limit() {
    for pattern in ["(", "(a)\\1", "(?=a)"] {
        let form =
            json!({ "title": "t", "attributes": [{ "name": "a", "type": "string", "pattern": pattern }] });
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
        assert!(
            matches!(Validator::new(&schema), Err(Error::NotCompiled { .. })),
            "{pattern}"
        );
    }
}

#[test]
fn each_rule_is_reported_where_it_is_broken() {
    let cases = [
        ("givenName", json!(7), Rule::Type),
        ("givenName", json!(""), Rule::Length),
        ("givenName", json!("x".repeat(21)), Rule::Length),
        ("birthDate", json!("1990-02-30"), Rule::Format),
        ("birthDate", json!("01.05.1990"), Rule::Format),
        ("level", json!("gold"), Rule::Enum),
        ("country", json!("Utopia"), Rule::Pattern),
        ("email", json!("nobody"), Rule::Format),
        ("riskScore", json!(101), Rule::Range),
        ("riskScore", json!(-1), Rule::Range),
        ("riskScore", json!(1.5), Rule::Type),
        ("ratio", json!("0.5"), Rule::Type),
        ("isOver18", json!("yes"), Rule::Type),
        ("verifiedAt", json!("yesterday"), Rule::Format),
        ("nickname", json!("x"), Rule::UnknownAttribute),
    ];
    for (name, value, rule) in cases {
        assert_eq!(
            violations(&subject_with(name, value)),
            [(format!("/{name}"), rule)],
            "{name}"
        );
    }
}

#[test]
fn both_sides_of_each_limit() {
    for (name, value) in [
        ("givenName", json!("x")),
        ("givenName", json!("x".repeat(20))),
        ("riskScore", json!(0)),
        ("riskScore", json!(100)),
        ("ratio", json!(0.25)),
        ("ratio", json!(3)),
        ("country", json!("UTO")),
        ("verifiedAt", json!("2026-01-19T07:18:45Z")),
    ] {
        assert_eq!(violations(&subject_with(name, value)), [], "{name}");
    }
}

#[test]
fn reports_every_violation_at_once() {
    let subject = object(json!({ "givenName": 7, "nickname": "Countess" }));
    let expected = [
        ("/birthDate".to_owned(), Rule::Required),
        ("/givenName".to_owned(), Rule::Type),
        ("/nickname".to_owned(), Rule::UnknownAttribute),
    ];
    assert_eq!(violations(&subject), expected);
}

#[test]
fn no_report_shows_a_value() {
    const SECRET: &str = "s3cr3t-value";
    let subject = object(json!({
        "givenName": SECRET.repeat(3), "birthDate": SECRET, "level": SECRET, "country": SECRET, "email": SECRET,
        "riskScore": SECRET, "isOver18": SECRET, "verifiedAt": SECRET, "unknown": SECRET,
    }));
    let found = Validator::new(&schema()).unwrap().validate(&subject).unwrap_err();
    assert_eq!(found.count(), 9);
    assert!(!format!("{found} {found:?}").contains(SECRET));
    let broken = parse_subject(br#"{"givenName": "s3cr3t-value" "#).unwrap_err();
    assert!(!format!("{broken} {broken:?}").contains(SECRET));
}

#[test]
fn lists_a_hundred_violations_and_counts_the_rest() {
    let many: Map<String, Value> = (0..500).map(|i| (format!("x{i}"), json!(1))).collect();
    let found = Validator::new(&schema()).unwrap().validate(&many).unwrap_err();
    assert_eq!(found.iter().count(), 100);
    assert_eq!(found.count(), 502);
}

#[test]
fn a_value_that_is_not_an_object_breaks_the_type_of_the_root() {
    let validator = Validator::new(&schema()).unwrap();
    for (value, kind) in [
        (json!(null), "null"),
        (json!(true), "true or false"),
        (json!(1), "a number"),
        (json!("s3cr3t"), "a text"),
        (json!([{ "givenName": "Ada" }]), "an array"),
    ] {
        let found = validator.validate_value(&value).unwrap_err();
        let only = found.iter().next().unwrap();
        assert_eq!((found.count(), only.pointer(), only.rule()), (1, "", Rule::Type));
        assert_eq!(only.message(), format!("is {kind}; it must be an object"));
    }
    let object = json!({ "givenName": "Ada", "birthDate": "1990-05-01" });
    assert_eq!(validator.validate_value(&object), Ok(()));
    let large = validator.validate_value(&json!("x".repeat(300_000))).unwrap_err();
    assert_eq!(large.iter().next().unwrap().rule(), Rule::Size);
}

#[test]
fn a_hostile_name_is_shortened_and_kept_on_one_line() {
    let subject = subject_with(&format!("a\n/~{}", "b".repeat(1000)), json!(1));
    let found = Validator::new(&schema())
        .unwrap()
        .validate(&subject)
        .unwrap_err()
        .to_string();
    assert!(
        found.starts_with("/a?~1~0bbb") && found.len() < 200 && !found.contains('\n'),
        "{found}"
    );
}

#[test]
fn a_subject_is_an_object_of_bounded_size_and_depth() {
    assert!(parse_subject(b"{}").is_ok());
    assert_eq!(parse_subject(b"[]"), Err(SubjectError::NotAnObject));
    assert!(matches!(parse_subject(b"{"), Err(SubjectError::NotJson { .. })));
    assert!(matches!(
        parse_subject("[".repeat(100_000).as_bytes()),
        Err(SubjectError::NotJson { .. })
    ));
    assert!(matches!(
        parse_subject(&vec![b' '; 256 * 1024 + 1]),
        Err(SubjectError::TooLong { .. })
    ));
}

#[test]
fn a_subject_has_exact_numbers_and_unique_names() {
    let refused = parse_subject(include_bytes!("cases/bigs.json")).unwrap_err();
    assert!(refused.to_string().contains("/taxId"), "{refused}");
    assert!(refused.to_string().contains("write it as a string"), "{refused}");
    let twice = parse_subject(br#"{"a":{"b":1,"b":2}}"#).unwrap_err();
    assert!(twice.to_string().contains("/a/b"), "{twice}");
    assert!(CredentialSchema::from_slice(include_bytes!("cases/bigschema.json")).is_ok());
    let exact = parse_subject(br#"{"taxId":9007199254740991,"ratio":0.1}"#).unwrap();
    assert_eq!(
        json!(exact),
        json!({ "taxId": 9_007_199_254_740_991_u64, "ratio": 0.1 })
    );
}

#[test]
fn a_byte_order_mark_is_ignored_before_a_form_and_a_subject() {
    let marked = |json: &Value| [&b"\xef\xbb\xbf"[..], json.to_string().as_bytes()].concat();
    assert_eq!(CredentialSchema::from_slice(&marked(&form())).unwrap(), schema());
    assert_eq!(parse_subject(&marked(&json!({ "a": 1 }))).unwrap()["a"], 1);
}

#[test]
fn a_form_with_a_member_twice_or_a_rounded_number_is_refused() {
    for form in [
        r#"{"title":"t","attributes":[{"name":"a","type":"integer","enum":[9007199254740993]}]}"#,
        r#"{"title":"t","title":"u","attributes":[{"name":"a","type":"integer"}]}"#,
    ] {
        let refused = CredentialSchema::from_slice(form.as_bytes()).unwrap_err();
        assert!(matches!(refused, Error::Form { .. }), "{refused}");
    }
}

proptest! {
    #[test]
    fn a_subject_within_the_limits_is_valid_and_without_a_required_attribute_is_not(
        name in "[a-z]{1,20}", day in 1u8..=28, score in 0i64..=100, ratio: i32, adult: bool,
    ) {
        let mut subject = object(json!({
            "givenName": name, "birthDate": format!("1990-02-{day:02}"), "riskScore": score, "ratio": ratio,
            "isOver18": adult,
        }));
        prop_assert_eq!(violations(&subject), []);
        subject.remove("givenName");
        prop_assert_eq!(violations(&subject), [("/givenName".to_owned(), Rule::Required)]);
    }
}

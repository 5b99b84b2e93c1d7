//! `ajv` accepts and rejects the same subjects with our documents, and `jsonld` expands our
//! contexts to their IRIs and types.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use air_schema::{AttributeType, CredentialSchema, DocumentUris, Draft, Validator};
use serde_json::{Value, json};

#[expect(
    clippy::disallowed_methods,
    reason = "the example is a file of the repository"
)]
fn example(name: &str) -> String {
    let path = format!("{}/../../examples/kyc/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn example_subject() -> Value {
    serde_json::from_str(&example("subject.json")).unwrap()
}

const CREDENTIALS: &str = "https://www.w3.org/2018/credentials#";
const SUBJECT: &str = "https://www.w3.org/2018/credentials#credentialSubject";

fn ask(question: &Value) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node");
    let mut node = Command::new("node")
        .arg("peer.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn uris() -> DocumentUris {
    DocumentUris::new("https://example.org/kyc.json", "https://example.org/kyc.jsonld").unwrap()
}

/// The valid subject; variants with every attribute absent or set to each of many values; and one
/// with an extra attribute.
fn subjects() -> Vec<Value> {
    let good = example_subject();
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(100),
        json!(101),
        json!(1.5),
        json!(1.0),
        json!(""),
        json!("x"),
        json!("XYZ"),
        json!("XYZA"),
        json!("xyz"),
        json!("1990-05-01"),
        json!("1990-02-30"),
        json!("1990-5-1"),
        json!("2026-01-19T07:18:45Z"),
        json!("2026-01-19T07:18:45+01:00"),
        json!("2026-01-19 07:18"),
        json!("2026-13-19T07:18:45Z"),
        json!("ada@example.com"),
        json!("ada"),
        json!("passport"),
        json!("basic"),
        json!("A1B2C3"),
        json!("ÄÖÜ"),
        json!("😀".repeat(100)),
        json!("😀".repeat(101)),
        json!([]),
        json!({}),
    ];
    let mut subjects = vec![good.clone(), json!({}), json!([]), json!("subject"), json!(null)];
    let mut unknown = good.clone();
    unknown["nickname"] = json!("A");
    subjects.push(unknown);
    for name in good.as_object().unwrap().keys() {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(name);
        subjects.push(without);
        for value in &values {
            let mut spoiled = good.clone();
            spoiled[name] = value.clone();
            subjects.push(spoiled);
        }
    }
    subjects
}

fn credential_of(subject: &Value) -> Value {
    let mut subject = subject.clone();
    if let Some(members) = subject.as_object_mut() {
        members.insert("id".to_owned(), json!("did:air:id:test:x"));
    }
    json!({
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000000",
        "type": ["VerifiableCredential", "KycIdentity"],
        "issuer": "did:air:id:test:i",
        "issuanceDate": "2026-01-19T07:18:45Z",
        "credentialSchema": { "id": "https://example.org/kyc.json", "type": "JsonSchema2023" },
        "credentialSubject": subject,
    })
}

#[test]
#[ignore = "needs Node and the packages of tests/node; `cargo xtask test` runs it"]
fn ajv_and_jsonld() {
    let schema = CredentialSchema::from_slice(example("schema.json").as_bytes()).unwrap();
    let validator = Validator::new(&schema).unwrap();
    let subjects = subjects();
    let ours: Vec<bool> = subjects
        .iter()
        .map(|subject| validator.validate_value(subject).is_ok())
        .collect();
    let fitting = ours.iter().filter(|fits| **fits).count();
    assert!(
        fitting > 20 && fitting * 3 < ours.len(),
        "{fitting} of {}",
        ours.len()
    );

    let credentials: Vec<Value> = subjects.iter().map(credential_of).collect();
    let drafts = [("draft-07", Draft::Draft7), ("2020-12", Draft::Draft202012)];
    let schemas: Vec<Value> = drafts
        .iter()
        .flat_map(|(name, draft)| {
            [
                json!({ "draft": name, "schema": schema.to_json_schema(*draft), "documents": subjects }),
                json!({ "draft": name, "schema": schema.to_document(&uris(), *draft), "documents": credentials }),
            ]
        })
        .collect();
    // Types on both sides of `VerifiableCredential` in the alphabet.
    let types = ["KycIdentity", "VerifiableAge", "VisaIdentity", "kycIdentity"];
    let expandable: Vec<Value> = types.iter().map(|name| expandable(name)).collect();
    let answer = ask(&json!({ "schemas": schemas, "credentials": expandable }));

    for (kind, verdicts) in answer["verdicts"].as_array().unwrap().iter().enumerate() {
        for ((subject, ours), theirs) in subjects.iter().zip(&ours).zip(verdicts.as_array().unwrap()) {
            assert_eq!(&json!(ours), theirs, "document {kind}: {subject}");
        }
    }

    for (name, expanded) in types.iter().zip(answer["expanded"].as_array().unwrap()) {
        assert_expanded(&schema, name, expanded);
    }
}

/// The example as a credential of a type. The context of `VerifiableCredential` is scoped to the type, as
/// the W3C's is, which would have to be fetched.
fn expandable(name: &str) -> Value {
    let mut form: Value = serde_json::from_str(&example("schema.json")).unwrap();
    form["type"] = json!(name);
    let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
    let ours = schema.to_json_ld_context(&uris());
    let base = json!({
        "@version": 1.1,
        "@protected": true,
        "id": "@id",
        "type": "@type",
        "VerifiableCredential": {
            "@id": format!("{CREDENTIALS}VerifiableCredential"),
            "@context": {
                "@protected": true,
                "id": "@id",
                "type": "@type",
                "credentialSubject": { "@id": SUBJECT, "@type": "@id" },
            },
        },
    });
    json!({
        "@context": [base, ours["@context"][0]],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000000",
        "type": ["VerifiableCredential", name],
        "credentialSubject": example_subject(),
    })
}

fn assert_expanded(schema: &CredentialSchema, type_name: &str, expanded: &Value) {
    let types = [
        format!("{CREDENTIALS}VerifiableCredential"),
        format!("https://example.org/kyc.jsonld#{type_name}"),
    ];
    assert_eq!(expanded["@type"], json!(types));
    let subject = &expanded[SUBJECT][0];
    let given = example_subject();
    for attribute in schema.attributes() {
        let name = attribute.name().as_str();
        let datatype = match attribute.kind() {
            AttributeType::String => "string",
            AttributeType::Number => "double",
            AttributeType::Integer => "integer",
            AttributeType::Boolean => "boolean",
            AttributeType::Date => "date",
            _ => "dateTime",
        };
        let expected = given.get(name).map(|value| {
            json!([{ "@type": format!("http://www.w3.org/2001/XMLSchema#{datatype}"), "@value": value }])
        });
        assert_eq!(
            subject.get(format!("https://example.org/kyc.jsonld#{name}")),
            expected.as_ref(),
            "{type_name}: {name}"
        );
    }
}

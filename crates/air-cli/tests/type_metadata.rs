//! `--type-metadata` and `--fetch-type-metadata` of `air credential show` and `verify`.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use air_ids::UnixTime;
use air_jwt::{JwkSet, SigningKey};
use air_vc::{Integrity, IssueOptions, Issuer};
use serde_json::{Value, json};

use crate::support::{
    TestEnv,
    http::{Answer, serve},
};

const ISSUER: &str = "https://issuer.example";
const STUDENT: &str = "https://issuer.example/student";
const PERSON: &str = "https://issuer.example/person";

fn person(vct: &str) -> Value {
    json!({
        "vct": vct, "display": [{ "locale": "en", "name": "Person" }],
        "claims": [
            { "path": ["name"], "display": [{ "locale": "en", "label": "Full name" }] },
            { "path": ["address", "city"], "display": [{ "locale": "en", "label": "City\u{1b}[2J" }] },
        ],
    })
}

fn student() -> Value {
    json!({
        "vct": STUDENT, "extends": PERSON, "display": [{ "locale": "en", "name": "Student" }],
        "extends#integrity": Integrity::of(person(PERSON).to_string().as_bytes()).to_string(),
    })
}

/// A credential of a type, with the hash of this document if there is one.
fn credential(key: &SigningKey, issuer: &str, vct: &str, document: Option<&str>) -> String {
    let options = IssueOptions {
        vct: vct.to_owned(),
        vct_integrity: document.map(|document| Integrity::of(document.as_bytes())),
        issued_at: UnixTime::from_secs(1_700_000_000),
        ..IssueOptions::default()
    };
    let subject = json!({ "name": "Ada", "address": { "city": "Utopia" }, "tags": [] });
    let issued = Issuer::new(issuer, key).issue(&options, subject.as_object().unwrap(), &mut rand::rng());
    issued.unwrap().as_str().to_owned()
}

#[test]
fn shows_the_names_of_the_type_and_of_inherited_claims() {
    let env = TestEnv::new();
    let key = SigningKey::generate(&mut rand::rng());
    let document = student().to_string();
    let token = credential(&key, ISSUER, STUDENT, Some(&document));
    env.write("student.json", &document);
    env.write("person.json", person(PERSON).to_string());
    let show = [
        "credential",
        "show",
        "--type-metadata",
        "person.json",
        "--type-metadata",
        "student.json",
        "-",
    ];
    let drawn = env.air_with(&show, &*token).succeeded();
    for text in [
        "SD-JWT VC, Student (https://issuer.example/student)",
        "Full name (name)",
        "(city)",
    ] {
        assert!(drawn.text().contains(text), "{text}: {}", drawn.text());
    }
    assert!(!drawn.text().contains('\u{1b}'), "{}", drawn.text());
    let shown = env.air_with(&[&show[..], &["--json"]].concat(), &*token);
    let names = &shown.succeeded().json()["typeMetadata"];
    assert_eq!(names["name"], "Student");
    assert_eq!(names["labels"]["name"], "Full name");
    assert!(names["labels"].get("tags").is_none());

    // Without the option, nothing is read.
    let shown = env.air_with(&["credential", "show", "--json", "-"], &*token);
    assert!(shown.succeeded().json().get("typeMetadata").is_none());
}

#[test]
fn refuses_documents_that_are_not_the_types() {
    let env = TestEnv::new();
    let key = SigningKey::generate(&mut rand::rng());
    let document = student().to_string();
    let token = credential(&key, ISSUER, STUDENT, Some(&document));
    let show = |files: &[&str]| {
        let mut arguments = vec!["credential", "show"];
        for file in files {
            arguments.extend(["--type-metadata", *file]);
        }
        arguments.push("-");
        env.air_with(&arguments, &*token)
    };
    env.write("student.json", &document);
    env.write("person.json", person(PERSON).to_string());
    env.write("changed.json", format!("{document} "));
    env.write("base.json", format!("{} ", person(PERSON)));
    env.write("junk.json", "{}");
    show(&["student.json"]).failed_with(
        3,
        "the type metadata of `https://issuer.example/person` is missing",
    );
    show(&["person.json"]).failed_with(
        3,
        "the type metadata of `https://issuer.example/student` is missing",
    );
    show(&["changed.json", "person.json"]).failed_with(3, "does not have the hash");
    show(&["student.json", "base.json"]).failed_with(3, "does not have the hash");
    show(&["student.json", "junk.json"]).failed_with(3, "junk.json: invalid type metadata");

    let circle = json!({ "vct": STUDENT, "extends": STUDENT }).to_string();
    let token = credential(&key, ISSUER, STUDENT, None);
    env.write("circle.json", circle);
    env.air_with(
        &["credential", "show", "--type-metadata", "circle.json", "-"],
        &*token,
    )
    .failed_with(3, "extends itself");
}

/// A server of types on this machine, and the number of its requests.
fn types() -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let origin = serve(move |origin, request| {
        count.fetch_add(1, Ordering::SeqCst);
        let vct = format!("{origin}{}", request.path);
        let json = vec![("content-type", "application/json".to_owned())];
        match request.path.as_str() {
            "/type" => Answer(200, json, person(&vct).to_string()),
            "/long" => Answer(200, json, " ".repeat(300 * 1024)),
            "/redirect" => Answer(302, vec![("location", format!("{origin}/type"))], String::new()),
            _ => Answer(404, Vec::new(), String::new()),
        }
    });
    (origin, asked)
}

#[test]
fn verify_fetches_the_type_of_a_trusted_issuer_only_if_it_is_asked() {
    let env = TestEnv::new();
    let key = SigningKey::generate(&mut rand::rng());
    env.write("jwks.json", JwkSet::from(key.public_jwk()).to_json());
    let (origin, asked) = types();
    let verify = |issuer: &str, path: &str, more: &[&str]| {
        let vct = format!("{origin}{path}");
        let token = credential(&key, issuer, &vct, None);
        let base = [
            "credential",
            "verify",
            "--issuer",
            issuer,
            "--issuer-jwks",
            "jwks.json",
        ];
        env.air_with(&[&base[..], more, &["-"]].concat(), token)
    };
    let run = verify(&origin, "/type", &[]).succeeded();
    assert!(run.json().get("typeMetadata").is_none());
    assert_eq!(asked.load(Ordering::SeqCst), 0);

    let fetch = ["--fetch-type-metadata"];
    let run = verify(&origin, "/type", &fetch).succeeded();
    assert_eq!(run.json()["typeMetadata"]["name"], "Person");
    assert_eq!(run.json()["typeMetadata"]["labels"]["name"], "Full name");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    verify(&origin, "/none", &fetch).failed_with(5, "404");
    verify(&origin, "/long", &fetch).failed_with(3, "longer than");
    verify(&origin, "/redirect", &fetch).failed_with(5, "302");

    // An issuer elsewhere names no address of this machine, and neither does a credential that
    // nobody verified.
    let before = asked.load(Ordering::SeqCst);
    verify(ISSUER, "/type", &fetch).failed_with(3, "its URL must be https");
    let token = credential(&key, &origin, &format!("{origin}/type"), None);
    env.air_with(&["credential", "show", "--fetch-type-metadata", "-"], token)
        .failed_with(3, "its URL must be https");
    assert_eq!(asked.load(Ordering::SeqCst), before);
}

/// `mandatory` and `sd` are checks of the verification.
#[test]
fn verify_reports_whether_the_credential_conforms_to_its_type() {
    let env = TestEnv::new();
    let key = SigningKey::generate(&mut rand::rng());
    env.write("jwks.json", JwkSet::from(key.public_jwk()).to_json());
    let verify = |claims: Value| {
        let document = json!({ "vct": PERSON, "claims": claims }).to_string();
        let token = credential(&key, ISSUER, PERSON, Some(&document));
        env.write("type.json", document);
        let verify = [
            "credential",
            "verify",
            "--issuer",
            ISSUER,
            "--issuer-jwks",
            "jwks.json",
            "--type-metadata",
            "type.json",
            "-",
        ];
        env.air_with(&verify, token)
    };
    let outcome = |document: &Value| {
        let checks = document["checks"].as_array().unwrap();
        let found = checks.iter().find(|entry| entry["check"] == "typeMetadata");
        found.unwrap()["outcome"].clone()
    };
    let run = verify(json!([{ "path": ["name"], "sd": "always", "mandatory": true }])).succeeded();
    assert_eq!(outcome(&run.json()), "passed");
    let run = verify(json!([{ "path": ["birth\u{1b}Date"], "mandatory": true }]));
    assert_eq!(run.code, 4, "{run:?}");
    let refused = run.json();
    assert_eq!(refused["failed"], "typeMetadata");
    assert_eq!(outcome(&refused), "failed");
    let reason = refused["reason"].as_str().unwrap();
    assert!(reason.contains("must be present (`mandatory`)"), "{reason}");
    assert!(!reason.contains('\u{1b}'), "{reason}");
}

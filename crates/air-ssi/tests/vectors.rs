//! The credentials and presentations that the W3C's specifications publish.

use air_ssi::{Contexts, Error, IssuerKeys, Link, PublicKey, Verifier, W3cCredential};
use air_vc::UnixTime;
use serde_json::{Value, json};

use crate::support::paths;

/// 24 December 2024, when all of them are valid.
const NOW: UnixTime = UnixTime::from_secs(1_735_000_000);

const RDFC: &[(&str, &str)] = &[
    (
        "ecdsa-rdfc-2019",
        include_str!("vectors/vc-di-ecdsa/rdfc-alumni.json"),
    ),
    (
        "ecdsa-rdfc-2019",
        include_str!("vectors/vc-di-ecdsa/rdfc-employ.json"),
    ),
    (
        "eddsa-rdfc-2022",
        include_str!("vectors/vc-di-eddsa/rdfc-alumni.json"),
    ),
    (
        "eddsa-rdfc-2022",
        include_str!("vectors/vc-di-eddsa/rdfc-employ.json"),
    ),
];

/// Base credentials, the claims that are chosen, and the published presentations of them.
const SELECTIVE: &[(&str, &str, &[&str], &str)] = &[
    (
        "ecdsa-sd-2023",
        include_str!("vectors/vc-di-ecdsa/sd-employ-base.json"),
        &["birthCountry"],
        include_str!("vectors/vc-di-ecdsa/sd-employ-derived.json"),
    ),
    (
        "ecdsa-sd-2023",
        include_str!("vectors/vc-di-ecdsa/sd-prc-base.json"),
        &["birthCountry"],
        include_str!("vectors/vc-di-ecdsa/sd-prc-derived.json"),
    ),
    (
        "bbs-2023",
        include_str!("vectors/vc-di-bbs/wind-base.json"),
        &["boards.0", "boards.1"],
        include_str!("vectors/vc-di-bbs/wind-derived.json"),
    ),
    (
        "bbs-2023",
        include_str!("vectors/vc-di-bbs/prc-base.json"),
        &["birthCountry"],
        include_str!("vectors/vc-di-bbs/prc-derived.json"),
    ),
];

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn contexts() -> Contexts {
    let examples = include_str!("vectors/vc-contexts/credentials-examples-v2.jsonld");
    let citizenship = include_str!("vectors/vc-contexts/citizenship-v4rc1.jsonld");
    Contexts::new()
        .with("https://www.w3.org/ns/credentials/examples/v2", &parsed(examples))
        .unwrap()
        .with("https://w3id.org/citizenship/v4rc1", &parsed(citizenship))
        .unwrap()
        .with_inline(json!({ "@vocab": "https://windsurf.grotto-networking.com/selective#" }))
}

fn issuer(document: &Value) -> &str {
    let issuer = &document["issuer"];
    issuer.as_str().or_else(|| issuer["id"].as_str()).unwrap()
}

/// The key that the proof names: a `did:key`.
fn keys(document: &Value) -> IssuerKeys {
    let method = document["proof"]["verificationMethod"].as_str().unwrap();
    IssuerKeys::of_did_key(method.split('#').next().unwrap()).unwrap()
}

fn verify(document: &Value) -> Result<(), Error> {
    let (keys, contexts) = (keys(document), contexts());
    Verifier::new(issuer(document), &keys, &contexts)
        .verify(&document.to_string(), NOW)
        .map(drop)
}

/// The pointers to all texts, numbers and booleans, except the contexts.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "@context") {
                leaves(value, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

fn assert_no_change_verifies(document: &Value) {
    let mut found = Vec::new();
    leaves(document, "", &mut found);
    assert!(found.len() > 8);
    for pointer in found {
        let mut changed = document.clone();
        let place = changed.pointer_mut(&pointer).unwrap();
        *place = match place {
            Value::String(text) if text.contains("T00:00:00Z") => json!("2020-02-02T00:00:00Z"),
            Value::String(text) => json!(format!("{text}x")),
            Value::Number(_) => json!(2021),
            _ => json!("x"),
        };
        assert!(changed != *document, "{pointer}");
        if pointer == "/proof/verificationMethod" || pointer.starts_with("/issuer") {
            continue; // They choose the key here.
        }
        assert!(verify(&changed).is_err(), "{pointer}");
    }
}

#[test]
fn published_credentials_verify_and_no_change_of_them_does() {
    for (suite, text) in RDFC {
        let document = parsed(text);
        assert_eq!(document["proof"]["cryptosuite"], *suite);
        verify(&document).unwrap();
        assert_no_change_verifies(&document);
    }
}

#[test]
fn published_presentations_verify_and_no_change_of_them_does() {
    for (suite, _, _, derived) in SELECTIVE {
        let document = parsed(derived);
        assert_eq!(document["proof"]["cryptosuite"], *suite);
        verify(&document).unwrap_or_else(|error| panic!("{suite}: {error}"));
        assert_no_change_verifies(&document);
    }
}

#[test]
fn published_credentials_are_presented_as_published() {
    for (suite, base, claims, derived) in SELECTIVE {
        let document = parsed(base);
        let method = document["proof"]["verificationMethod"].as_str().unwrap();
        let key = PublicKey::from_multibase(method.split('#').nth(1).unwrap()).unwrap();
        let credential = W3cCredential::parse(base).unwrap();
        let presented = credential.present(&contexts(), &key, &paths(claims));
        let presented = presented.unwrap_or_else(|error| panic!("{suite}: {error}"));
        // Both subjects have objects within them, whose order is one of many.
        let has_order = presented.links().contains(&Link::NodeOrder);
        assert_eq!(has_order, *suite == "bbs-2023", "{suite}");
        let presented = parsed(presented.as_str());
        verify(&presented).unwrap();
        assert_eq!(
            presented["credentialSubject"],
            parsed(derived)["credentialSubject"],
            "{suite}"
        );
        assert!(matches!(verify(&document), Err(Error::NotDerived)));
    }
}

/// The library's own BBS is that of an earlier draft. When this test fails, a release has the present
/// one: then `src/bbs.rs` and the dependency below it can go.
#[test]
fn the_librarys_own_bbs_is_of_an_earlier_draft() {
    let fixtures = parsed(include_str!("vectors/bbs-signature/bls12-381-sha-256.json"));
    let fixture = &fixtures["proofs"][2];
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let places: Vec<usize> = serde_json::from_value(fixture["disclosedIndexes"].clone()).unwrap();
    let messages: Vec<_> = places
        .iter()
        .map(|place| bytes(&fixture["messages"][*place]))
        .collect();
    let verified = ssi::bbs::proof_verify(
        &ssi::bbs::BBSplusPublicKey::from_bytes(&bytes(&fixture["signerPublicKey"])).unwrap(),
        &bytes(&fixture["proof"]),
        &bytes(&fixture["header"]),
        Some(&bytes(&fixture["presentationHeader"])),
        &messages,
        &places,
    );
    assert!(!matches!(verified, Ok(Ok(()))));
}

#[test]
fn the_context_of_credentials_is_the_published_one() {
    let published = parsed(include_str!("vectors/vc-contexts/credentials-v2.jsonld"));
    let pinned = ssi::json_ld::CREDENTIALS_V2_CONTEXT_DOCUMENT.document.to_string();
    assert_eq!(parsed(&pinned), published);
}

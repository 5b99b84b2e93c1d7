//! The examples in RFC 9901.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, jws::Unverified};
use air_vc::{Challenge, Inspection, Verifier};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    issuer_jwk: Value,
    key_binding: KeyBinding,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyBinding {
    nonce: String,
    audience: String,
    made_at: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    section: String,
    sd_jwt: String,
    claims: Map<String, Value>,
}

fn vectors() -> (Vectors, Jwk) {
    let vectors: Vectors = serde_json::from_str(include_str!("vectors/rfc9901.json")).unwrap();
    let key = Jwk::from_slice(vectors.issuer_jwk.to_string().as_bytes()).unwrap();
    (vectors, key)
}

#[test]
fn each_example_reveals_what_it_says() {
    let (vectors, key) = vectors();
    assert_eq!(vectors.cases.len(), 4);
    for case in &vectors.cases {
        let jwt = case.sd_jwt.split('~').next().unwrap();
        let token = Unverified::parse(jwt, 64 * 1024).unwrap();
        token
            .verify_with(&key)
            .unwrap_or_else(|error| panic!("{}: {error}", case.section));
        let inspection = Inspection::of(&case.sd_jwt).unwrap();
        assert_eq!(inspection.claims, case.claims, "{}", case.section);
    }
}

/// The SD-JWT VC example passes every check, including key binding.
#[test]
fn the_credential_of_appendix_a_3_verifies() {
    let (vectors, key) = vectors();
    let case = vectors
        .cases
        .iter()
        .find(|case| case.section.starts_with("A.3"))
        .unwrap();
    let keys = JwkSet::from(key);
    let challenge = Challenge {
        nonce: vectors.key_binding.nonce,
        audience: vectors.key_binding.audience,
    };
    let verified = Verifier::new("https://pid-issuer.bund.de.example", &keys)
        .requiring_type("urn:eudi:pid:de:1")
        .requiring_claims(["age_equal_or_over.18".parse().unwrap()])
        .requiring_key_binding(challenge)
        .verify(&case.sd_jwt, UnixTime::from_secs(vectors.key_binding.made_at))
        .unwrap();
    assert!(verified.is_holder_bound());
    assert_eq!(verified.claims(), &case.claims);
}

//! Vectors and keys for the tests of DIDs.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    reason = "not every test uses all of it"
)]

use air_jwt::{Jwk, JwkSet, SigningKey};
use air_vc::did::Did;
use serde_json::Value;

pub(crate) const ISSUER: &str = "did:web:issuer.example";

pub(crate) fn vectors(file: &str) -> Value {
    let text = match file {
        "did-air.json" => include_str!("vectors/did/did-air.json"),
        "did-jwk.json" => include_str!("vectors/did/did-jwk.json"),
        "did-key.json" => include_str!("vectors/did/did-key.json"),
        "did-web.json" => include_str!("vectors/did/did-web.json"),
        "jwt-vc-issuer.json" => include_str!("vectors/did/jwt-vc-issuer.json"),
        other => panic!("no vectors in {other}"),
    };
    serde_json::from_str(text).unwrap()
}

pub(crate) fn list<'a>(vectors: &'a Value, name: &str) -> &'a Vec<Value> {
    vectors[name].as_array().unwrap()
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

pub(crate) fn jwk(value: &Value) -> Jwk {
    Jwk::from_slice(value.to_string().as_bytes()).unwrap()
}

pub(crate) fn key(kid: &str) -> SigningKey {
    SigningKey::generate(&mut rand::rng()).with_kid(kid.parse().unwrap())
}

pub(crate) fn did(text: &str) -> Did {
    text.parse().unwrap()
}

/// Whether the set has this key under the name, whatever ID the key itself has.
pub(crate) fn finds(keys: &JwkSet, name: &str, key: &SigningKey) -> bool {
    keys.find(name)
        .is_some_and(|found| found.verifying_key() == key.verifying_key())
}

//! The examples of RFC 7515, 7517, 7518 and 7638.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{Algorithm, Jwk, JwkSet, SigningKey, SkipReason};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/rfc.json")).unwrap()
}

/// RFC 7515, A.2 and A.3: key, signing input and signature.
#[test]
fn signatures_of_rfc_7515_verify_and_rs256s_is_made_again() {
    for (name, algorithm) in [("rs256", Algorithm::Rs256), ("es256", Algorithm::Es256)] {
        let vector = &vectors()[name];
        let key = SigningKey::from_jwk(vector["key"].to_string().as_bytes()).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let input = vector["signingInput"].as_str().unwrap().as_bytes();
        let signature = URL_SAFE_NO_PAD
            .decode(vector["signature"].as_str().unwrap())
            .unwrap();
        assert!(key.verifying_key().verify(input, &signature), "{name}");
        assert!(!key.verifying_key().verify(&input[1..], &signature), "{name}");
        if algorithm == Algorithm::Rs256 {
            assert_eq!(key.sign(input), signature);
        } else {
            assert!(key.verifying_key().verify(input, &key.sign(input)));
        }
    }
}

/// RFC 7638, 3.1.
#[test]
fn the_thumbprint_of_rfc_7638() {
    let vector = &vectors()["thumbprint"];
    let jwk = Jwk::from_slice(vector["key"].to_string().as_bytes()).unwrap();
    assert_eq!(jwk.kid().as_str(), "2011-04-29");
    assert_eq!(jwk.thumbprint().as_str(), vector["thumbprint"]);
}

/// RFC 7517, A.1: the first key is for encryption, so it signs no tokens.
#[test]
fn the_set_of_rfc_7517() {
    let (set, skipped) = JwkSet::read(vectors()["set"].to_string().as_bytes()).unwrap();
    assert_eq!(
        set.kids().map(air_jwt::Kid::as_str).collect::<Vec<_>>(),
        ["2011-04-29"]
    );
    assert_eq!(set.find("2011-04-29").unwrap().algorithm(), Algorithm::Rs256);
    assert_eq!(skipped.len(), 1);
    assert_eq!((skipped[0].index, &skipped[0].reason), (0, &SkipReason::Use));
}

//! Explanations of a wallet provider's attestations, and of the wallet's proof.

use air_jwt::{SigningKey, client_attestation::Pop, jws};
use air_oid4vc::{
    UnixTime,
    explain::{Context, Explanation, Kind, explain},
    vci::{KEY_ATTESTATION_TYPE, KeyAttestationOptions},
};
use serde_json::{Value, json};

use crate::times::{NOW, after, before};

const CLIENT: &str = "oauth-client-attestation+jwt";
const POP: &str = "oauth-client-attestation-pop+jwt";

fn key() -> SigningKey {
    SigningKey::generate(&mut rand::rng())
}

fn explained(token: &str) -> Explanation {
    let explanation = explain(token, &Context::at(NOW)).unwrap();
    assert_eq!(explanation.kind, Kind::Attestation);
    explanation
}

/// Checks that the claims break one rule, and returns its message.
#[track_caller]
fn broken(typ: &str, claims: &Value, specification: &str, section: &str) -> String {
    let explanation = explained(&jws::sign(&key(), typ, claims));
    let [rule] = &explanation.broken[..] else {
        panic!("{claims}: {:?}", explanation.broken);
    };
    assert_eq!(
        (rule.specification, rule.section),
        (Some(specification), Some(section)),
        "{claims}"
    );
    rule.message.clone()
}

#[test]
fn an_attestation_of_keys_has_its_time_and_public_keys() {
    let options = KeyAttestationOptions {
        keys: vec![key().public_jwk(), key().public_jwk()],
        issued_at: NOW,
        expires_at: Some(after(100)),
        nonce: Some("nonce-secret".into()),
        key_storage: vec!["iso_18045_high".into()],
        user_authentication: Vec::new(),
    };
    let explanation = explained(&options.sign(&key(), None));
    assert!(explanation.broken.is_empty(), "{:?}", explanation.broken);
    let shown = format!("{explanation:?}");
    for part in [r#"text: "2""#, "iso_18045_high", r#"text: "present""#] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("nonce-secret"), "{shown}");

    let jwk = json!(key().public_jwk());
    let private: Value = serde_json::from_str(&key().expose_jwk()).unwrap();
    for claims in [
        json!({ "attested_keys": [jwk] }),
        json!({ "iat": NOW }),
        json!({ "iat": NOW, "attested_keys": [] }),
        json!({ "iat": NOW, "attested_keys": [jwk, private] }),
    ] {
        let message = broken(KEY_ATTESTATION_TYPE, &claims, "OpenID4VCI 1.0", "D.1");
        assert!(!message.contains(private["d"].as_str().unwrap()), "{message}");
    }
}

#[test]
fn an_attestation_of_a_client_has_its_name_end_and_public_key() {
    let good = json!({ "sub": "wallet", "exp": after(100), "cnf": { "jwk": key().public_jwk() } });
    let explanation = explained(&jws::sign(&key(), CLIENT, &good));
    assert!(explanation.broken.is_empty(), "{:?}", explanation.broken);
    for name in ["sub", "exp", "cnf"] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        let message = broken(CLIENT, &claims, "OpenID4VCI 1.0", "E");
        assert!(message.contains(&format!("`{name}`")), "{message}");
    }
    let mut claims = good;
    claims["cnf"]["jwk"] = serde_json::from_str(&key().expose_jwk()).unwrap();
    let message = broken(CLIENT, &claims, "OpenID4VCI 1.0", "E");
    let secret = claims["cnf"]["jwk"]["d"].as_str().unwrap();
    assert!(!message.contains(secret), "{message}");
}

#[test]
fn a_proof_for_an_attestation_is_recent_and_for_one_request() {
    let proof = |at: UnixTime| Pop::new("https://issuer.example").sign(&key(), at, &mut rand::rng());
    let fresh = explained(&proof(NOW)).broken;
    assert!(fresh.is_empty(), "{fresh:?}");
    let old = explained(&proof(before(1000))).broken;
    assert_eq!(
        (old[0].specification, old[0].section),
        (Some("HAIP 1.0"), Some("4.4"))
    );
    let good = json!({ "aud": "https://issuer.example", "jti": "1", "iat": NOW });
    for name in ["aud", "jti", "iat"] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        let message = broken(POP, &claims, "HAIP 1.0", "4.4");
        assert!(message.contains(&format!("`{name}`")), "{message}");
    }
}

//! Key proofs: what a wallet makes and what an issuer accepts.

use air_ids::UnixTime;
use air_jwt::{Jwk, SigningKey, jws::X5c};
use air_oid4vc::{
    Error,
    vci::{
        ErrorCode, ErrorResponse, IssuerId, Proof, ProofKey, ProofOptions, ProofPolicy, Rule, VerifiedProof,
        prove,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{object, vector};
use crate::times::{NOW, after, before};

fn issuer() -> IssuerId {
    "https://issuer.example".parse().unwrap()
}

fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Issuance { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

fn options(issuer: &IssuerId) -> ProofOptions<'_> {
    ProofOptions {
        issuer,
        now: NOW,
        nonce: Some("nonce"),
        client_id: None,
        key: ProofKey::Jwk,
    }
}

fn policy(issuer: &IssuerId) -> ProofPolicy<'_> {
    ProofPolicy {
        issuer,
        algorithms: &[],
        requires_nonce: true,
        client_id: None,
        now: NOW,
        maximum_age: 300,
        skew: 5,
    }
}

/// A proof with this header and these claims, signed by the key.
fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let mut members = json!({ "alg": key.algorithm().as_str(), "typ": "openid4vci-proof+jwt" });
    members.as_object_mut().unwrap().extend(object(header).clone());
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encode(&members), encode(claims));
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes())))
}

#[test]
fn an_issuer_accepts_what_a_wallet_proved() {
    let (key, issuer) = (SigningKey::generate(&mut rand::rng()), issuer());
    let jwt = prove(&key, &options(&issuer));
    let proof = Proof::parse(&jwt).unwrap();
    assert_eq!(proof.did_url(), None);
    let algorithms = ["ES256".to_owned()];
    let verified = proof
        .verify(
            &ProofPolicy {
                algorithms: &algorithms,
                ..policy(&issuer)
            },
            None,
        )
        .unwrap();
    assert_eq!(verified.key.thumbprint(), key.public_jwk().thumbprint());
    assert_eq!(verified.nonce.as_deref(), Some("nonce"));

    let named = ProofOptions {
        key: ProofKey::DidUrl("did:web:a.example#1"),
        ..options(&issuer)
    };
    let jwt = prove(&key, &named);
    let proof = Proof::parse(&jwt).unwrap();
    assert_eq!(proof.did_url(), Some("did:web:a.example#1"));
    assert_eq!(rule(proof.verify(&policy(&issuer), None)), Rule::ProofPublicKey);
    let verified = proof.verify(&policy(&issuer), Some(&key.public_jwk())).unwrap();
    assert_eq!(verified.did_url.as_deref(), Some("did:web:a.example#1"));
}

#[test]
fn a_proof_with_certificates_needs_the_key_of_a_trusted_chain() {
    let issuer = issuer();
    let [key, other] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let x5c = X5c::new(b"leaf", []);
    let options = ProofOptions {
        key: ProofKey::Certificates(&x5c),
        ..options(&issuer)
    };
    let jwt = prove(&key, &options);
    let proof = Proof::parse(&jwt).unwrap();
    assert_eq!(proof.x5c(), Some(&json!(["bGVhZg=="])));
    assert_eq!(proof.did_url(), None);
    assert_eq!(rule(proof.verify(&policy(&issuer), None)), Rule::ProofCertificate);
    let foreign = other.public_jwk();
    assert!(proof.verify(&policy(&issuer), Some(&foreign)).is_err());
    let trusted = key.public_jwk();
    let verified = proof.verify(&policy(&issuer), Some(&trusted)).unwrap();
    assert_eq!(verified.key, trusted);
}

#[test]
fn a_proof_has_exactly_one_key() {
    let key = SigningKey::generate(&mut rand::rng());
    let jwk = json!(key.public_jwk());
    let private: Value = serde_json::from_str(&key.expose_jwk()).unwrap();
    let claims = json!({ "aud": "https://issuer.example", "iat": NOW });
    let cases = [
        (json!({}), Rule::ProofKey),
        (json!({ "jwk": jwk, "kid": "1" }), Rule::ProofKey),
        (json!({ "kid": "1", "x5c": ["a"] }), Rule::ProofKey),
        (json!({ "jwk": jwk, "x5c": ["a"] }), Rule::ProofKey),
        (json!({ "x5c": [] }), Rule::ProofCertificate),
        (json!({ "x5c": "a" }), Rule::ProofCertificate),
        (json!({ "x5c": ["a", 1] }), Rule::ProofCertificate),
        (json!({ "kid": "" }), Rule::ProofKey),
        (json!({ "jwk": private }), Rule::ProofPublicKey),
        (json!({ "jwk": { "kty": "oct", "k": "a" } }), Rule::ProofPublicKey),
        (json!({ "jwk": { "kty": "EC" } }), Rule::ProofPublicKey),
        (json!({ "jwk": jwk, "typ": "JWT" }), Rule::ProofJwtType),
    ];
    for (header, expected) in cases {
        let jwt = signed(&key, &header, &claims);
        assert_eq!(rule(Proof::parse(&jwt)), expected, "{expected:?}");
    }
}

#[test]
fn refuses_each_broken_rule_of_a_proof_with_its_code() {
    let (key, issuer) = (SigningKey::generate(&mut rand::rng()), issuer());
    let jwk = json!({ "jwk": key.public_jwk() });
    let cases = [
        ("aud", json!("https://issuer.example/"), Some(Rule::ProofAudience)),
        (
            "aud",
            json!(["https://issuer.example"]),
            Some(Rule::ProofAudience),
        ),
        ("aud", Value::Null, Some(Rule::ProofAudience)),
        ("nonce", Value::Null, Some(Rule::ProofNonceMissing)),
        ("nonce", json!(1), Some(Rule::Type)),
        ("iss", json!("client"), Some(Rule::ProofIssuer)),
        ("iat", Value::Null, Some(Rule::ProofTime)),
        ("iat", json!("now"), Some(Rule::ProofTime)),
        ("iat", json!(before(305)), None),
        ("iat", json!(before(306)), Some(Rule::ProofTime)),
        ("iat", json!(after(5)), None),
        ("iat", json!(after(6)), Some(Rule::ProofTime)),
    ];
    for (name, value, expected) in cases {
        let mut claims = json!({ "aud": "https://issuer.example", "iat": NOW, "nonce": "nonce" });
        match value.clone() {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        let jwt = signed(&key, &jwk, &claims);
        let found = Proof::parse(&jwt).unwrap().verify(&policy(&issuer), None);
        let found = found.err().map(|error| {
            let code = ErrorResponse::from(&error).code().clone();
            let rule = rule(Err::<(), _>(error));
            let is_proof = rule == Rule::Type || code == ErrorCode::InvalidProof;
            assert!(is_proof, "{name} {value}: {code}");
            rule
        });
        assert_eq!(found, expected, "{name} {value}");
    }
    assert_eq!(Rule::ProofNonce.code(), ErrorCode::InvalidNonce);
}

#[test]
fn the_issuer_of_a_proof_is_the_client_of_the_token() {
    let (key, issuer) = (SigningKey::generate(&mut rand::rng()), issuer());
    let verify = |in_proof: Option<&str>, of_token: Option<&str>| {
        let jwt = prove(
            &key,
            &ProofOptions {
                client_id: in_proof,
                ..options(&issuer)
            },
        );
        let policy = ProofPolicy {
            client_id: of_token,
            ..policy(&issuer)
        };
        Proof::parse(&jwt).unwrap().verify(&policy, None).map(drop)
    };
    assert_eq!(verify(Some("client"), Some("client")), Ok(()));
    assert_eq!(verify(None, Some("client")), Ok(()));
    assert_eq!(rule(verify(Some("other"), Some("client"))), Rule::ProofIssuer);
    assert_eq!(rule(verify(Some("client"), None)), Rule::ProofIssuer);
}

#[test]
fn a_signature_by_another_key_or_algorithm_is_refused() {
    let (key, issuer) = (SigningKey::generate(&mut rand::rng()), issuer());
    let other = SigningKey::generate(&mut rand::rng()).public_jwk();
    let claims = json!({ "aud": "https://issuer.example", "iat": NOW, "nonce": "nonce" });
    let jwt = signed(&key, &json!({ "jwk": other }), &claims);
    let refused = Proof::parse(&jwt).unwrap().verify(&policy(&issuer), None);
    assert!(matches!(refused, Err(Error::Token { .. })), "{refused:?}");
    assert_eq!(
        ErrorResponse::from(&refused.unwrap_err()).code(),
        &ErrorCode::InvalidProof
    );
    let jwt = prove(&key, &options(&issuer));
    let rs256 = ["RS256".to_owned()];
    let strict = ProofPolicy {
        algorithms: &rs256,
        ..policy(&issuer)
    };
    assert_eq!(
        rule(Proof::parse(&jwt).unwrap().verify(&strict, None)),
        Rule::ProofAlgorithm
    );
}

#[test]
fn each_proof_of_a_batch_has_its_own_key() {
    let issuer = issuer();
    let verified = |key: &SigningKey| {
        let jwt = prove(key, &options(&issuer));
        Proof::parse(&jwt)
            .unwrap()
            .verify(&policy(&issuer), None)
            .unwrap()
    };
    let (one, two) = (
        SigningKey::generate(&mut rand::rng()),
        SigningKey::generate(&mut rand::rng()),
    );
    assert_eq!(
        VerifiedProof::check_keys(&[verified(&one), verified(&two)]),
        Ok(())
    );
    let repeated = [verified(&one), verified(&two), verified(&one)];
    assert_eq!(rule(VerifiedProof::check_keys(&repeated)), Rule::ProofKeyRepeated);
}

#[test]
fn the_example_of_the_specification_verifies() {
    let inline = vector("openid4vci/inline-examples.json");
    let examples = inline["examples"].as_array().unwrap();
    let example = examples.iter().find(|example| example["line"] == 2664).unwrap();
    let text: String = example["text"].as_str().unwrap().lines().map(str::trim).collect();
    let proofs: Value = serde_json::from_str(&text).unwrap();
    let jwt = proofs["jwt"][0].as_str().unwrap();
    let issuer: IssuerId = "https://credential-issuer.example.com".parse().unwrap();
    let policy = ProofPolicy {
        issuer: &issuer,
        now: UnixTime::from_secs(1_701_960_444),
        ..policy(&issuer)
    };
    let verified = Proof::parse(jwt).unwrap().verify(&policy, None).unwrap();
    assert_eq!(verified.nonce.as_deref(), Some("LarRGSbmUPYtRYO6BQ4yn8"));
    let key = Jwk::from_slice(
        br#"{"kty":"EC","crv":"P-256","x":"nUWAoAv3XZith8E7i19OdaxOLYFOwM-Z2EuM02TirT4","y":"HskHU8BjUi1U9Xqi7Swmj8gwAK_0xkcDjEW_71SosEY"}"#,
    );
    assert_eq!(verified.key.thumbprint(), key.unwrap().thumbprint());
}

#[test]
fn debug_shows_no_token() {
    let (key, issuer) = (SigningKey::generate(&mut rand::rng()), issuer());
    let header = json!({ "jwk": key.public_jwk(), "key_attestation": "secret-attestation" });
    let claims = json!({ "aud": issuer.as_str(), "iat": NOW, "nonce": "secret-nonce" });
    let token = signed(&key, &header, &claims);
    let proof = Proof::parse(&token).unwrap();
    assert_eq!(
        format!("{proof:?}"),
        r#"Proof(Unverified { alg: Some("ES256"), typ: Some("openid4vci-proof+jwt"), kid: None, .. })"#
    );
    let verified = proof.verify(&policy(&issuer), None).unwrap();
    assert_eq!(verified.nonce.as_deref(), Some("secret-nonce"));
    assert!(!format!("{verified:?}").contains("secret"), "{verified:?}");
}

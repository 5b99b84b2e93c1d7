//! DPoP proofs: the examples of RFC 9449, and each rule of its section 4.3.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_jwt::{
    Algorithm, Error, SigningKey, SkipReason, TimeWindow, UnixTime, VerifyingKey,
    dpop::{DpopError, Proof, ProofVerifier, VerifiedProof, error_code},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::times::{NOW, after, before};

const URL: &str = "https://server.example.com/token";

fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

fn ec_key() -> SigningKey {
    SigningKey::from_pem(include_str!("vectors/keys/ec-pkcs8.pem")).unwrap()
}

fn rsa_key() -> SigningKey {
    SigningKey::from_pem(include_str!("vectors/keys/rsa-pkcs8.pem")).unwrap()
}

fn jwk(key: &SigningKey) -> Value {
    serde_json::to_value(key.public_jwk()).unwrap()
}

fn header() -> Value {
    json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(&ec_key()) })
}

fn payload() -> Value {
    json!({ "jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW })
}

/// A proof of these texts, truly signed.
fn signed(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(ec_key().sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn verify(proof: &str) -> Result<VerifiedProof, Error> {
    ProofVerifier::new("POST", URL).unwrap().verify([proof], NOW)
}

fn error_with_header(change: impl FnOnce(&mut Value)) -> Error {
    let mut header = header();
    change(&mut header);
    verify(&signed(&header.to_string(), &payload().to_string())).unwrap_err()
}

fn with_payload(change: impl FnOnce(&mut Value)) -> Result<VerifiedProof, Error> {
    let mut payload = payload();
    change(&mut payload);
    verify(&signed(&header().to_string(), &payload.to_string()))
}

#[test]
fn rfc_9449_examples() {
    let file: Value = serde_json::from_str(include_str!("vectors/jose-rfc/rfc9449-dpop.json")).unwrap();
    let proofs = file["proofs"].as_array().unwrap();
    assert_eq!(proofs.len(), 3);
    for case in proofs {
        let (request, section) = (&case["request"], &case["request"]["section"]);
        let issued_at = UnixTime::from_secs(case["payload"]["iat"].as_u64().unwrap());
        let at = |age| issued_at.saturating_add(Duration::from_secs(age));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (method, url, jkt) = (
            text(&request["method"]),
            text(&request["url"]),
            text(&case["jkt"]),
        );
        let mut verifier = ProofVerifier::new(&method, &url).unwrap().bound_to(&jkt);
        if let Some(token) = request["access_token"].as_str() {
            // Section 6.1: the token has the thumbprint in `cnf.jkt`.
            assert_eq!(file["bound_access_token_payload"]["cnf"]["jkt"], jkt);
            verifier = verifier.with_access_token(token, &jkt);
        }
        let proof = verifier.verify([case["proof"].as_str().unwrap()], at(2)).unwrap();
        assert_eq!(proof.thumbprint().as_str(), jkt, "{section}");
        assert_eq!(proof.jti(), case["payload"]["jti"], "{section}");
        assert_eq!(proof.issued_at(), issued_at);

        // Each fails for another request, and when it is too old.
        let another = ProofVerifier::new("PUT", &url).unwrap();
        assert!(another.verify([case["proof"].as_str().unwrap()], at(2)).is_err());
        let old = verifier.verify([case["proof"].as_str().unwrap()], at(301));
        assert_eq!(old.unwrap_err(), Error::ProofTooOld { ago: 301, limit: 300 });
    }
}

#[test]
fn what_is_signed_verifies() {
    for key in [ec_key(), rsa_key()] {
        let proof = Proof::new("GET", "https://Server.Example.com:443/a?b=c#d")
            .unwrap()
            .with_access_token("token")
            .with_nonce("nonce")
            .sign(&key, NOW, &mut rand::rng());
        let jkt = key.public_jwk().thumbprint();
        let verifier = ProofVerifier::new("GET", "https://server.example.com/a")
            .unwrap()
            .requiring_nonce(&|nonce| nonce == "nonce")
            .with_access_token("token", jkt.as_str());
        let verified = verifier.verify([proof.as_str()], NOW).unwrap();
        assert_eq!(verified.key().verifying_key(), key.verifying_key());
        assert_eq!(verified.thumbprint(), &jkt);
        assert_eq!(verified.nonce(), Some("nonce"));
        assert_eq!(verified.jti().len(), 22);
    }
}

/// The header has the members of the RFC's example only: no `kid`, which would be a name for the
/// client across servers.
#[test]
fn the_header_has_only_the_key() {
    let proof = Proof::new("POST", URL)
        .unwrap()
        .sign(&ec_key(), NOW, &mut rand::rng());
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(proof.split('.').next().unwrap()).unwrap()).unwrap();
    let names = |value: &Value| {
        let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names(&header), ["alg", "jwk", "typ"]);
    assert_eq!(names(&header["jwk"]), ["crv", "kty", "x", "y"]);
}

#[tokio::test]
async fn a_remote_key_signs_the_same_proof() {
    let key = ec_key();
    let public: VerifyingKey = key.verifying_key().clone();
    let proof = Proof::new("POST", URL)
        .unwrap()
        .sign_with(&key, &public, NOW, &mut rand::rng())
        .await
        .unwrap();
    assert!(verify(&proof).is_ok());
}

#[test]
fn s4_3_1_exactly_one_header() {
    let proof = signed(&header().to_string(), &payload().to_string());
    let verifier = ProofVerifier::new("POST", URL).unwrap();
    assert_eq!(
        verifier.verify([], NOW).unwrap_err(),
        DpopError::MissingProof.into()
    );
    let twice = [proof.as_str(), proof.as_str()];
    assert_eq!(
        verifier.verify(twice, NOW).unwrap_err(),
        DpopError::SeveralProofs.into()
    );
}

#[test]
fn s4_3_2_a_single_well_formed_token() {
    let proof = signed(&header().to_string(), &payload().to_string());
    for text in [
        "",
        "a.b.c",
        &format!("{proof},{proof}"),
        &format!("{proof}, {proof}"),
        &format!(" {proof}"),
    ] {
        assert!(
            matches!(verify(text), Err(Error::MalformedToken { .. })),
            "{text}"
        );
    }
    let long = format!("{proof}{}", "A".repeat(8 * 1024));
    assert!(matches!(verify(&long), Err(Error::TokenTooLong { .. })));
}

#[test]
fn s4_3_3_all_claims_are_required() {
    for name in ["jti", "htm", "htu", "iat"] {
        let error = with_payload(|payload| drop(payload.as_object_mut().unwrap().remove(name))).unwrap_err();
        assert_eq!(error, Error::MissingClaim { name });
        let error = with_payload(|payload| payload[name] = json!({})).unwrap_err();
        assert!(matches!(error, Error::InvalidClaim { name: found, .. } if found == name));
    }
    assert!(matches!(
        with_payload(|payload| payload["jti"] = json!("")),
        Err(Error::InvalidClaim { .. })
    ));
    let longest = json!("a".repeat(512));
    assert!(with_payload(|payload| payload["jti"] = longest).is_ok());
    let long = json!("a".repeat(513));
    assert!(matches!(
        with_payload(|payload| payload["jti"] = long),
        Err(Error::InvalidClaim { .. })
    ));
    let milliseconds = with_payload(|payload| payload["iat"] = json!(NOW.as_secs() * 1000));
    assert_eq!(milliseconds.unwrap_err(), Error::Milliseconds { name: "iat" });
}

#[test]
fn s4_3_4_the_type() {
    for typ in [json!("JWT"), json!("dpop"), json!(""), json!(7), Value::Null] {
        assert_eq!(
            error_with_header(|header| header["typ"] = typ),
            DpopError::WrongType.into()
        );
    }
    let mut header = header();
    header["typ"] = json!("application/DPoP+jwt");
    assert!(verify(&signed(&header.to_string(), &payload().to_string())).is_ok());
}

#[test]
fn s4_3_5_an_asymmetric_algorithm() {
    for name in ["none", "HS256", "ES384", "PS256", "es256", ""] {
        let error = error_with_header(|header| header["alg"] = json!(name));
        let name = name.to_owned();
        assert_eq!(error, DpopError::UnsupportedAlgorithm { name }.into());
    }
    let proof = Proof::new("POST", URL)
        .unwrap()
        .sign(&rsa_key(), NOW, &mut rand::rng());
    let only_es256 = ProofVerifier::new("POST", URL)
        .unwrap()
        .accepting(&[Algorithm::Es256]);
    let name = "RS256".to_owned();
    assert_eq!(
        only_es256.verify([proof.as_str()], NOW).unwrap_err(),
        DpopError::UnsupportedAlgorithm { name }.into()
    );
}

#[test]
fn s4_3_6_the_signature_verifies_with_the_key_of_the_header() {
    let other = jwk(&SigningKey::generate(&mut rand::rng()));
    assert_eq!(
        error_with_header(|header| header["jwk"] = other),
        DpopError::BadSignature.into()
    );
    // The algorithm of the header is not that of its key.
    assert_eq!(
        error_with_header(|header| header["alg"] = json!("RS256")),
        DpopError::BadSignature.into()
    );
    let proof = signed(&header().to_string(), &payload().to_string());
    let (input, _) = proof.rsplit_once('.').unwrap();
    assert_eq!(
        verify(&format!("{input}.")).unwrap_err(),
        DpopError::BadSignature.into()
    );
    assert_eq!(
        error_with_header(|header| header["crit"] = json!(["x"])),
        Error::CriticalExtension
    );
}

#[test]
fn s4_3_7_the_key_is_public() {
    let private: Value = serde_json::from_str(&ec_key().expose_jwk()).unwrap();
    assert_eq!(
        error_with_header(|header| header["jwk"] = private),
        DpopError::PrivateKey.into()
    );
    let error = error_with_header(|header| drop(header.as_object_mut().unwrap().remove("jwk")));
    assert_eq!(error, DpopError::MissingKey.into());
    for (key, reason) in [
        (json!({ "kty": "oct", "k": "AAAA" }), SkipReason::Type),
        (json!("x"), SkipReason::Type),
        (
            json!({ "kty": "EC", "crv": "P-256", "x": encode([1; 32]), "y": encode([1; 32]) }),
            SkipReason::Invalid,
        ),
    ] {
        let error = error_with_header(|header| header["jwk"] = key);
        assert_eq!(error, DpopError::InvalidKey { reason }.into());
    }
    let twice = header()
        .to_string()
        .replacen(r#""crv":"#, r#""crv":"P-256","crv":"#, 1);
    let reason = SkipReason::DuplicateMember;
    assert_eq!(
        verify(&signed(&twice, &payload().to_string())).unwrap_err(),
        DpopError::InvalidKey { reason }.into()
    );
}

#[test]
fn s4_3_8_the_method() {
    for method in ["GET", "post", "POST "] {
        let error = with_payload(|payload| payload["htm"] = json!(method)).unwrap_err();
        let expected = "POST".to_owned();
        assert_eq!(error, DpopError::WrongMethod { expected }.into());
    }
    for method in ["", "PO ST", "PO\r\nST", "ПОСТ"] {
        assert_eq!(
            Proof::new(method, URL).unwrap_err(),
            DpopError::InvalidMethod.into()
        );
        assert_eq!(
            ProofVerifier::new(method, URL).unwrap_err(),
            DpopError::InvalidMethod.into()
        );
    }
}

#[test]
fn s4_3_9_the_url_without_query_and_fragment() {
    for url in [
        "https://server.example.com/token?x=y#z",
        "HTTPS://SERVER.example.com:443/a/../token",
        "https://server.example.com/%74oken",
    ] {
        assert!(
            with_payload(|payload| payload["htu"] = json!(url)).is_ok(),
            "{url}"
        );
    }
    for url in [
        "https://server.example.com/Token",
        "https://server.example.com/token/",
        "http://server.example.com/token",
        "https://server.example.com:8443/token",
        "https://server.example.com@evil.example/token",
        "/token",
    ] {
        let error = with_payload(|payload| payload["htu"] = json!(url)).unwrap_err();
        let expected = URL.to_owned();
        assert_eq!(error, DpopError::WrongTarget { expected }.into());
    }
    assert_eq!(
        ProofVerifier::new("POST", "/token").unwrap_err(),
        DpopError::InvalidTarget.into()
    );
}

#[test]
fn s4_3_10_the_nonce() {
    let is_current = |nonce: &str| nonce == "current";
    let verifier = ProofVerifier::new("POST", URL)
        .unwrap()
        .requiring_nonce(&is_current);
    let error = |proof: Proof<'_>| {
        let proof = proof.sign(&ec_key(), NOW, &mut rand::rng());
        verifier.verify([proof.as_str()], NOW).err()
    };
    let proof = Proof::new("POST", URL).unwrap();
    for (error, expected) in [
        (error(proof.clone()), DpopError::MissingNonce),
        (error(proof.clone().with_nonce("old")), DpopError::WrongNonce),
    ] {
        let error = error.unwrap();
        assert_eq!(error, expected.into());
        assert_eq!(error_code(&error), "use_dpop_nonce");
    }
    assert_eq!(error(proof.with_nonce("current")), None);
    assert_eq!(error_code(&DpopError::WrongType.into()), "invalid_dpop_proof");
}

#[test]
fn s4_3_11_the_time() {
    let at = |iat: UnixTime| with_payload(|payload| payload["iat"] = json!(iat));
    assert!(at(before(300)).is_ok());
    assert_eq!(
        at(before(301)).unwrap_err(),
        Error::ProofTooOld { ago: 301, limit: 300 }
    );
    assert!(at(after(30)).is_ok());
    assert_eq!(at(after(31)).unwrap_err(), Error::NotYetValid { ahead: 31 });

    let window = TimeWindow::new(Duration::from_secs(10), Duration::from_secs(5));
    let narrow = ProofVerifier::new("POST", URL).unwrap().within(window);
    let proof = signed(&header().to_string(), &payload().to_string());
    assert!(narrow.verify([proof.as_str()], after(10)).is_ok());
    assert_eq!(
        narrow.verify([proof.as_str()], after(11)).unwrap_err(),
        Error::ProofTooOld { ago: 11, limit: 10 }
    );
    assert_eq!(
        narrow.verify([proof.as_str()], before(6)).unwrap_err(),
        Error::NotYetValid { ahead: 6 }
    );

    // `exp` and `nbf` are not part of a proof, but are honoured (RFC 7519, 4.1.4 and 4.1.5).
    assert_eq!(
        with_payload(|payload| payload["exp"] = json!(before(60))).unwrap_err(),
        Error::Expired { ago: 60 }
    );
    assert_eq!(
        with_payload(|payload| payload["nbf"] = json!(after(60))).unwrap_err(),
        Error::NotYetValid { ahead: 60 }
    );
    assert!(
        with_payload(|payload| {
            payload["exp"] = json!(after(60));
            payload["nbf"] = json!(NOW);
        })
        .is_ok()
    );
}

#[test]
fn s4_3_12_the_access_token_and_its_key() {
    let jkt = ec_key().public_jwk().thumbprint();
    let verifier = ProofVerifier::new("POST", URL)
        .unwrap()
        .with_access_token("token", jkt.as_str());
    let error = |change: fn(&mut Value)| {
        let mut payload = payload();
        change(&mut payload);
        verifier
            .verify(
                [signed(&header().to_string(), &payload.to_string()).as_str()],
                NOW,
            )
            .err()
    };
    assert_eq!(error(|_| ()), Some(DpopError::MissingAccessTokenHash.into()));
    let wrong = Some(DpopError::WrongAccessTokenHash.into());
    assert_eq!(error(|payload| payload["ath"] = json!("token")), wrong);
    assert_eq!(
        error(|payload| payload["ath"] = json!(encode(Sha256::digest("another")))),
        wrong
    );
    assert_eq!(
        error(|payload| payload["ath"] = json!(encode(Sha256::digest("token")))),
        None
    );

    let other = SigningKey::generate(&mut rand::rng());
    let proof =
        Proof::new("POST", URL)
            .unwrap()
            .with_access_token("token")
            .sign(&other, NOW, &mut rand::rng());
    assert_eq!(
        verifier.verify([proof.as_str()], NOW).unwrap_err(),
        DpopError::WrongKey.into()
    );
}

#[test]
fn a_replay_has_the_same_key_and_no_other_proof_has() {
    let first = with_payload(|_| ()).unwrap();
    assert_eq!(first.replay_key(), with_payload(|_| ()).unwrap().replay_key());
    assert_eq!(first.replay_key().expires_at(), after(301));
    let another = with_payload(|payload| payload["jti"] = json!("another")).unwrap();
    assert_ne!(first.replay_key().as_bytes(), another.replay_key().as_bytes());

    // The same `jti` of another client, and of the same client at another server.
    let key = SigningKey::generate(&mut rand::rng());
    let proof = |url: &str| {
        let input = format!(
            "{}.{}",
            encode(json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public_jwk() }).to_string()),
            encode(json!({ "jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": url, "iat": NOW }).to_string())
        );
        let proof = format!("{input}.{}", encode(key.sign(input.as_bytes())));
        let verified = ProofVerifier::new("POST", url)
            .unwrap()
            .verify([proof.as_str()], NOW)
            .unwrap();
        *verified.replay_key().as_bytes()
    };
    assert_ne!(proof(URL), *first.replay_key().as_bytes());
    assert_ne!(proof(URL), proof("https://other.example/token"));
}

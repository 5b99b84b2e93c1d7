//! Attestation-based client authentication: each rule of the draft's section on verification.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{sync::LazyLock, time::Duration};

use air_jwt::{
    Error, JwkSet, SigningKey, SkipReason, TimeWindow, UnixTime,
    client_attestation::{
        Attestation, AttestationError, AttestedClient, AttesterKeys, Pop, PopRules, Token, error_code,
    },
    jws,
};
use serde_json::{Value, json};

use crate::times::{NOW, after, before};

const CLIENT: &str = "https://client.example.com";
const SERVER: &str = "https://as.example.com";
const TYPE: &str = "oauth-client-attestation+jwt";
const POP_TYPE: &str = "oauth-client-attestation-pop+jwt";

static ATTESTER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(&mut rand::rng()));
static INSTANCE: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(&mut rand::rng()));
static TRUSTED: LazyLock<JwkSet> = LazyLock::new(|| ATTESTER.public_jwk().into());

fn claims() -> Value {
    json!({ "sub": CLIENT, "iat": before(60), "exp": after(3600), "cnf": { "jwk": INSTANCE.public_jwk() } })
}

fn attested(change: impl FnOnce(&mut Value)) -> Result<Attestation, Error> {
    let mut claims = claims();
    change(&mut claims);
    verify(&jws::sign(&ATTESTER, TYPE, &claims))
}

fn verify(token: &str) -> Result<Attestation, Error> {
    Attestation::verify([token], AttesterKeys::Set(&TRUSTED), NOW)
}

fn pop_claims() -> Value {
    json!({ "aud": SERVER, "jti": "d25d00ab", "iat": NOW, "challenge": "5c1a9e10" })
}

fn with_pop(change: impl FnOnce(&mut Value)) -> Result<AttestedClient, Error> {
    let mut claims = pop_claims();
    change(&mut claims);
    let is_current = |challenge: &str| challenge == "5c1a9e10";
    let rules = PopRules::new(SERVER).requiring_challenge(&is_current);
    let pop = jws::sign(&INSTANCE, POP_TYPE, &claims);
    attested(|_| ())?.with_pop([pop.as_str()], &rules, NOW)
}

fn remove(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name).unwrap();
}

/// The draft's own example, whose keys are not published: its form is read, its key is taken.
const EXAMPLE: &str = concat!(
    "eyJ0eXAiOiJvYXV0aC1jbGllbnQtYXR0ZXN0YXRpb24rand0IiwiYWxnIjoiRVMyNTYiLCJraWQiOiIxMSJ9.",
    "eyJzdWIiOiJodHRwczovL2NsaWVudC5leGFtcGxlLmNvbSIsImlhdCI6MTc3MjQ4NzU5NSwiZXhwIjoyNTI5ODY2Mzk0LCJj",
    "bmYiOnsiandrIjp7Imt0eSI6IkVDIiwidXNlIjoic2lnIiwiY3J2IjoiUC0yNTYiLCJ4IjoiVmNLVk5CWjRJYUJBWVczanhN",
    "NHczVEpGVkE3bXllVUdReUd0LWdfeXZwUSIsInkiOiJmLUUtaFlFM1RBV0t3aFZ2OXBlajlOQUJzOVNYOVhzTk84MHg1N2pG",
    "VHlVIn19fQ._TS4d-LAnRlwdN97wiVnl4z7C9gvm45IWr-BvGTzeZaHtZtgNZ88gvzroU3LElUPbgF4kWi_DFORnKzsx5yu6A"
);
const EXAMPLE_POP: &str = concat!(
    "eyJ0eXAiOiJvYXV0aC1jbGllbnQtYXR0ZXN0YXRpb24tcG9wK2p3dCIsImFsZyI6IkVTMjU2In0.",
    "eyJhdWQiOiJodHRwczovL2FzLmV4YW1wbGUuY29tIiwianRpIjoiZDI1ZDAwYWItNTUyYi00NmZjLWFlMTktOThmNDQwZjI1",
    "MDY0IiwiaWF0IjoxNzcyNDg3NTk1LCJjaGFsbGVuZ2UiOiI1YzFhOWUxMC0yOWZmLTRjMmItYWU3My01N2MwOTU3YzA5YzQi",
    "fQ.M4Uc4rWVAqaLlmDDUXQKkKPbAQKj0JrTizLgWhZndmbkvM3VL8y-w_QJr7Z0HZlH94E64cLa8L5fSjJItYv0jg"
);

/// The proof of the draft's example verifies with the key in its attestation. The attestation
/// itself is signed by a key that is not published, so the test signs its claims again.
#[test]
fn the_example_of_the_draft() {
    let example = jws::Unverified::parse(EXAMPLE, 8 * 1024).unwrap();
    assert_eq!(
        verify(EXAMPLE).unwrap_err(),
        Error::UnknownKid { kid: "11".to_owned() }
    );
    let now = UnixTime::from_secs(1_772_487_600);
    let again = jws::sign(&ATTESTER, TYPE, &example.dangerous_payload().unwrap());
    let attestation = Attestation::verify([again.as_str()], AttesterKeys::Set(&TRUSTED), now).unwrap();
    let is_current = |challenge: &str| challenge == "5c1a9e10-29ff-4c2b-ae73-57c0957c09c4";
    let rules = PopRules::new(SERVER).requiring_challenge(&is_current);
    let client = attestation.with_pop([EXAMPLE_POP], &rules, now).unwrap();
    assert_eq!(client.client_id(), CLIENT);
}

#[test]
fn an_honest_client_is_authenticated() {
    assert_eq!(attested(|_| ()).unwrap().claims()["sub"], CLIENT);
    let client = with_pop(|_| ()).unwrap();
    assert_eq!(client.client_id(), CLIENT);
    assert_eq!(client.key().verifying_key(), INSTANCE.verifying_key());
    assert_eq!(client.claims()["exp"], after(3600).as_secs());
    let replay = client.replay_key().unwrap();
    assert_eq!(replay.expires_at(), after(301));
    assert_eq!(replay, with_pop(|_| ()).unwrap().replay_key().unwrap());
    let another = with_pop(|claims| claims["jti"] = json!("another")).unwrap();
    assert_ne!(replay, another.replay_key().unwrap());
}

#[test]
fn the_attester_is_known_by_its_key() {
    let trusted = JwkSet::new([INSTANCE.public_jwk(), ATTESTER.public_jwk()]).unwrap();
    let token = jws::sign(&ATTESTER, TYPE, &claims());
    let attestation = Attestation::verify([token.as_str()], AttesterKeys::Set(&trusted), NOW).unwrap();
    assert_eq!(attestation.attester_key(), &ATTESTER.public_jwk());
    let client = with_pop(|_| ()).unwrap();
    assert_eq!(client.attester_key(), &ATTESTER.public_jwk());
}

#[test]
fn an_attestation_of_the_future_is_refused() {
    assert!(attested(|claims| claims["iat"] = json!(after(30))).is_ok());
    let error = attested(|claims| claims["iat"] = json!(after(31))).unwrap_err();
    assert_eq!(error, Error::NotYetValid { ahead: 31 });
}

#[test]
fn the_key_of_a_certificate_verifies_too() {
    let token = jws::sign(&ATTESTER, TYPE, &claims());
    let key = ATTESTER.public_jwk();
    assert!(Attestation::verify([token.as_str()], AttesterKeys::Key(&key), NOW).is_ok());
    let other = INSTANCE.public_jwk();
    let token = Token::Attestation;
    assert_eq!(
        Attestation::verify(
            [jws::sign(&ATTESTER, TYPE, &claims()).as_str()],
            AttesterKeys::Key(&other),
            NOW
        )
        .unwrap_err(),
        AttestationError::BadSignature { token }.into()
    );
}

#[test]
fn exactly_one_header_of_each() {
    let token = jws::sign(&ATTESTER, TYPE, &claims());
    let keys = AttesterKeys::Set(&TRUSTED);
    let error = Attestation::verify([], keys, NOW).unwrap_err();
    assert_eq!(
        error,
        AttestationError::Missing {
            token: Token::Attestation
        }
        .into()
    );
    assert!(error.to_string().contains("`OAuth-Client-Attestation`"));
    let error = Attestation::verify([token.as_str(), token.as_str()], keys, NOW).unwrap_err();
    assert_eq!(
        error,
        AttestationError::Several {
            token: Token::Attestation
        }
        .into()
    );

    let rules = PopRules::new(SERVER);
    let pop = Pop::new(SERVER).sign(&INSTANCE, NOW, &mut rand::rng());
    let error = attested(|_| ()).unwrap().with_pop([], &rules, NOW).unwrap_err();
    assert_eq!(error, AttestationError::Missing { token: Token::Pop }.into());
    let error = attested(|_| ())
        .unwrap()
        .with_pop([pop.as_str(), pop.as_str()], &rules, NOW)
        .unwrap_err();
    assert_eq!(error, AttestationError::Several { token: Token::Pop }.into());
}

#[test]
fn each_has_its_type() {
    for typ in ["JWT", POP_TYPE, ""] {
        let error = verify(&jws::sign(&ATTESTER, typ, &claims())).unwrap_err();
        let (token, expected) = (Token::Attestation, TYPE);
        assert_eq!(error, AttestationError::WrongType { token, expected }.into());
    }
    let pop = jws::sign(&INSTANCE, TYPE, &pop_claims());
    let error = attested(|_| ())
        .unwrap()
        .with_pop([pop.as_str()], &PopRules::new(SERVER), NOW)
        .unwrap_err();
    let (token, expected) = (Token::Pop, POP_TYPE);
    assert_eq!(error, AttestationError::WrongType { token, expected }.into());
}

#[test]
fn the_attester_is_trusted() {
    let stranger = SigningKey::generate(&mut rand::rng());
    assert!(matches!(
        verify(&jws::sign(&stranger, TYPE, &claims())),
        Err(Error::UnknownKid { .. })
    ));
    let stranger = stranger.with_kid(ATTESTER.kid().clone());
    let error = verify(&jws::sign(&stranger, TYPE, &claims())).unwrap_err();
    assert_eq!(
        error,
        AttestationError::BadSignature {
            token: Token::Attestation
        }
        .into()
    );
    assert_eq!(error_code(&error), "invalid_client_attestation");
}

#[test]
fn the_attestation_has_its_claims() {
    for name in ["sub", "exp"] {
        assert_eq!(
            attested(|claims| remove(claims, name)).unwrap_err(),
            Error::MissingClaim { name }
        );
    }
    assert!(matches!(
        attested(|claims| claims["sub"] = json!("")),
        Err(Error::InvalidClaim { .. })
    ));
    assert!(attested(|claims| remove(claims, "iat")).is_ok());
    assert_eq!(
        attested(|claims| claims["exp"] = json!(before(30))).unwrap_err(),
        Error::Expired { ago: 30 }
    );
    assert!(attested(|claims| claims["exp"] = json!(before(29))).is_ok());
    assert_eq!(
        attested(|claims| claims["nbf"] = json!(after(31))).unwrap_err(),
        Error::NotYetValid { ahead: 31 }
    );
}

#[test]
fn the_attested_key_is_public() {
    for change in [(|claims| remove(claims, "cnf")) as fn(&mut Value), |claims| {
        claims["cnf"] = json!({ "jkt": "x" });
    }] {
        assert_eq!(attested(change).unwrap_err(), AttestationError::MissingKey.into());
    }
    let private: Value = serde_json::from_str(&INSTANCE.expose_jwk()).unwrap();
    assert_eq!(
        attested(|claims| claims["cnf"]["jwk"] = private).unwrap_err(),
        AttestationError::PrivateKey.into()
    );
    let error = attested(|claims| claims["cnf"]["jwk"]["kty"] = json!("OKP")).unwrap_err();
    let reason = SkipReason::Type;
    assert_eq!(error, AttestationError::InvalidKey { reason }.into());
}

#[test]
fn a_server_may_require_a_fresh_attestation() {
    let attestation = attested(|_| ()).unwrap();
    let fresh = attestation.clone().issued_within(Duration::from_mins(1), NOW);
    assert!(fresh.is_ok());
    let error = attestation
        .issued_within(Duration::from_secs(59), NOW)
        .unwrap_err();
    assert_eq!(error, AttestationError::NotFresh { ago: 60, limit: 59 }.into());
    assert_eq!(error_code(&error), "use_fresh_attestation");
    let undated = attested(|claims| remove(claims, "iat")).unwrap();
    assert_eq!(
        undated.issued_within(Duration::from_mins(1), NOW).unwrap_err(),
        Error::MissingClaim { name: "iat" }
    );
}

#[test]
fn the_proof_is_of_the_attested_key() {
    let other = SigningKey::generate(&mut rand::rng());
    for key in [&other, &*ATTESTER] {
        let pop = Pop::new(SERVER).sign(key, NOW, &mut rand::rng());
        let error = attested(|_| ())
            .unwrap()
            .with_pop([pop.as_str()], &PopRules::new(SERVER), NOW)
            .unwrap_err();
        assert_eq!(error, AttestationError::BadSignature { token: Token::Pop }.into());
    }
}

#[test]
fn the_proof_has_its_claims() {
    for name in ["aud", "jti", "iat"] {
        assert_eq!(
            with_pop(|claims| remove(claims, name)).unwrap_err(),
            Error::MissingClaim { name }
        );
    }
    let expected = SERVER.to_owned();
    let wrong = Error::from(AttestationError::WrongAudience { expected });
    for audience in [
        json!("https://other.example"),
        json!([]),
        json!([SERVER, "https://other.example"]),
        json!(7),
    ] {
        assert_eq!(with_pop(|claims| claims["aud"] = audience).unwrap_err(), wrong);
    }
    assert!(with_pop(|claims| claims["aud"] = json!([SERVER])).is_ok());
    assert!(with_pop(|claims| claims["iss"] = json!(CLIENT)).is_ok());
    let error = with_pop(|claims| claims["iss"] = json!("https://other.example")).unwrap_err();
    assert_eq!(error, AttestationError::WrongIssuer.into());
}

#[test]
fn the_proof_is_recent() {
    let error = with_pop(|claims| claims["iat"] = json!(before(301))).unwrap_err();
    assert_eq!(error, Error::ProofTooOld { ago: 301, limit: 300 });
    let error = with_pop(|claims| claims["iat"] = json!(after(31))).unwrap_err();
    assert_eq!(error, Error::NotYetValid { ahead: 31 });
    let window = TimeWindow::new(Duration::from_secs(5), Duration::ZERO);
    let rules = PopRules::new(SERVER).within(window);
    let pop = Pop::new(SERVER).sign(&INSTANCE, before(6), &mut rand::rng());
    let error = attested(|_| ())
        .unwrap()
        .with_pop([pop.as_str()], &rules, NOW)
        .unwrap_err();
    assert_eq!(error, Error::ProofTooOld { ago: 6, limit: 5 });
}

#[test]
fn the_challenge_is_the_servers() {
    for (change, expected) in [
        (
            (|claims| remove(claims, "challenge")) as fn(&mut Value),
            AttestationError::MissingChallenge,
        ),
        (
            |claims| claims["challenge"] = json!("old"),
            AttestationError::WrongChallenge,
        ),
    ] {
        let error = with_pop(change).unwrap_err();
        assert_eq!(error, expected.into());
        assert_eq!(error_code(&error), "use_attestation_challenge");
    }
}

#[test]
fn a_challenge_may_be_optional() {
    let is_current = |challenge: &str| challenge == "current";
    let rules = PopRules::new(SERVER).accepting_challenge(&is_current);
    let verify = |pop: Pop<'_>| {
        let pop = pop.sign(&INSTANCE, NOW, &mut rand::rng());
        let attestation = attested(|_| ()).unwrap();
        attestation.with_pop([pop.as_str()], &rules, NOW).map(drop)
    };
    let pop = || Pop::new(SERVER);
    assert_eq!(verify(pop()), Ok(()));
    assert_eq!(verify(pop().with_challenge("current")), Ok(()));
    assert_eq!(
        verify(pop().with_challenge("old")),
        Err(AttestationError::WrongChallenge.into())
    );
}

#[tokio::test]
async fn both_ways_of_signing_make_the_same_proof() {
    let pop = Pop::new(SERVER).with_challenge("5c1a9e10").with_issuer(CLIENT);
    let is_current = |challenge: &str| challenge == "5c1a9e10";
    let rules = PopRules::new(SERVER).requiring_challenge(&is_current);
    for token in [
        pop.sign(&INSTANCE, NOW, &mut rand::rng()),
        pop.sign_with(&*INSTANCE, NOW, &mut rand::rng()).await.unwrap(),
    ] {
        assert!(
            attested(|_| ())
                .unwrap()
                .with_pop([token.as_str()], &rules, NOW)
                .is_ok()
        );
    }
}

#[cfg(feature = "dpop")]
#[test]
fn a_dpop_proof_of_the_same_key_takes_its_place() {
    use air_jwt::dpop::{Proof, ProofVerifier};

    let url = "https://as.example.com/token";
    let verified = |key: &SigningKey| {
        let proof = Proof::new("POST", url).unwrap().sign(key, NOW, &mut rand::rng());
        ProofVerifier::new("POST", url)
            .unwrap()
            .verify([proof.as_str()], NOW)
            .unwrap()
    };
    let client = attested(|_| ()).unwrap().with_dpop(&verified(&INSTANCE)).unwrap();
    assert_eq!((client.client_id(), client.replay_key()), (CLIENT, None));
    let error = attested(|_| ())
        .unwrap()
        .with_dpop(&verified(&ATTESTER))
        .unwrap_err();
    assert_eq!(error, AttestationError::WrongDpopKey.into());
}

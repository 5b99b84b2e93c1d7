//! Both sides of each rule, and agreement with `jsonwebtoken`.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_jwt::{Algorithm, Error, JwkSet, PartnerId, PartnerToken, Scope, SigningKey, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::times::{NOW, after, before};

fn partner() -> PartnerId {
    "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11".parse().unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate(&mut rand::rng())
}

fn set(key: &SigningKey) -> JwkSet {
    key.public_jwk().into()
}

/// A token with any header and payload, truly signed.
fn forge(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(header), part(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn header(key: &SigningKey) -> Value {
    json!({ "alg": "ES256", "kid": key.kid(), "typ": "JWT" })
}

fn payload() -> Value {
    json!({ "partnerId": "p", "scope": "issue", "iat": NOW, "exp": after(300) })
}

fn refusal(key: &SigningKey, header: &Value, payload: &Value) -> Error {
    let keys = set(key);
    Verifier::new(&keys)
        .requiring(Scope::Issue)
        .verify(&forge(key, header, payload), NOW)
        .unwrap_err()
}

#[test]
fn a_token_of_each_scope_verifies_for_that_scope() {
    let key = key();
    let keys = set(&key);
    let tokens = [
        (PartnerToken::issue(partner()), Scope::Issue),
        (PartnerToken::verify(partner()), Scope::Verify),
        (
            PartnerToken::issue_on_behalf(partner(), "ada@example.com".parse().unwrap()),
            Scope::IssueOnBehalf,
        ),
    ];
    for (token, scope) in tokens {
        let token = token.sign(&key, NOW).unwrap();
        let claims = Verifier::new(&keys)
            .requiring(scope)
            .verify(token.expose_secret(), NOW)
            .unwrap();
        assert_eq!(claims.partner_id(), &partner());
        assert_eq!(claims.expires_at(), after(300));
        assert_eq!(claims.all()["exp"], 1_800_000_300);
        assert_eq!(claims.email().is_some(), scope == Scope::IssueOnBehalf);
    }
}

#[test]
fn a_login_token_names_the_user_and_permits_nothing_else() {
    let key = key();
    let keys = set(&key);
    let token = PartnerToken::login(partner(), "ada@example.com".parse().unwrap())
        .sign(&key, NOW)
        .unwrap();
    let claims = Verifier::new(&keys).verify(token.expose_secret(), NOW).unwrap();
    assert_eq!(claims.email(), Some("ada@example.com"));
    assert!(!claims.all().contains_key("scope"));
    for scope in [Scope::Issue, Scope::Verify, Scope::IssueOnBehalf] {
        let refusal = Verifier::new(&keys)
            .requiring(scope)
            .verify(token.expose_secret(), NOW)
            .unwrap_err();
        assert_eq!(
            refusal,
            Error::ScopeNotGranted {
                needed: scope.as_str()
            }
        );
    }
}

#[test]
fn custom_claims_come_through_and_can_not_replace_the_tokens_own() {
    let key = key();
    let keys = set(&key);
    let token = PartnerToken::issue(partner())
        .with_claim("order", json!({ "number": 7 }))
        .unwrap()
        .sign(&key, NOW)
        .unwrap();
    let claims = Verifier::new(&keys).verify(token.expose_secret(), NOW).unwrap();
    assert_eq!(claims.all()["order"]["number"], 7);
    for name in ["partnerId", "scope", "email", "iat", "exp", "nbf"] {
        let refusal = PartnerToken::issue(partner())
            .with_claim(name, json!(1))
            .unwrap_err();
        assert_eq!(refusal, Error::ReservedClaim { name: name.into() });
    }
}

#[test]
fn is_valid_until_exp_and_the_skew_are_over() {
    let key = key();
    let keys = set(&key);
    let token = PartnerToken::issue(partner())
        .valid_for(Duration::from_mins(1))
        .sign(&key, NOW)
        .unwrap();
    let verify = |now| Verifier::new(&keys).verify(token.expose_secret(), now);
    assert!(verify(after(89)).is_ok());
    assert_eq!(verify(after(90)).unwrap_err(), Error::Expired { ago: 30 });
    assert!(verify(before(30)).is_ok());
    assert_eq!(verify(before(31)).unwrap_err(), Error::NotYetValid { ahead: 31 });
    let strict = Verifier::new(&keys).with_skew(Duration::ZERO).unwrap();
    assert_eq!(
        strict.verify(token.expose_secret(), after(60)).unwrap_err(),
        Error::Expired { ago: 0 }
    );
    assert!(Verifier::new(&keys).with_skew(Duration::from_secs(301)).is_err());
}

#[test]
fn a_lifetime_is_between_a_second_and_fifteen_minutes() {
    let key = key();
    for (seconds, fits) in [(0, false), (1, true), (900, true), (901, false)] {
        let token = PartnerToken::issue(partner())
            .valid_for(Duration::from_secs(seconds))
            .sign(&key, NOW);
        assert_eq!(token.is_ok(), fits, "{seconds} s");
    }
}

#[test]
fn refuses_each_broken_rule_by_its_own_error() {
    let key = key();
    let with = |mut value: Value, name: &str, to: Value| {
        value[name] = to;
        value
    };
    let wrong_algorithm = || Error::WrongAlgorithm {
        kid: key.kid().to_string(),
        expected: Algorithm::Es256,
    };
    let cases = [
        (
            with(header(&key), "alg", json!("none")),
            payload(),
            wrong_algorithm(),
        ),
        (
            with(header(&key), "alg", json!("HS256")),
            payload(),
            wrong_algorithm(),
        ),
        (
            with(header(&key), "typ", json!(null)),
            payload(),
            Error::WrongType,
        ),
        (
            with(header(&key), "crit", json!(["b64"])),
            payload(),
            Error::CriticalExtension,
        ),
        (
            with(header(&key), "kid", json!(null)),
            payload(),
            Error::MissingKid,
        ),
        (
            with(header(&key), "kid", json!("x\n")),
            payload(),
            Error::UnknownKid { kid: "x?".into() },
        ),
        (
            header(&key),
            with(payload(), "partnerId", json!(1)),
            Error::InvalidClaim {
                name: "partnerId",
                expected: "a string",
            },
        ),
        (
            header(&key),
            json!({ "exp": after(1) }),
            Error::MissingClaim { name: "partnerId" },
        ),
        (
            header(&key),
            json!({ "partnerId": "p" }),
            Error::MissingClaim { name: "exp" },
        ),
        (
            header(&key),
            with(payload(), "exp", json!("soon")),
            Error::InvalidClaim {
                name: "exp",
                expected: "a number of seconds since 1970",
            },
        ),
        (
            header(&key),
            with(payload(), "nbf", json!(after(31))),
            Error::NotYetValid { ahead: 31 },
        ),
        (
            header(&key),
            with(payload(), "scope", json!("verify")),
            Error::ScopeNotGranted { needed: "issue" },
        ),
    ];
    for (header, payload, expected) in cases {
        assert_eq!(refusal(&key, &header, &payload), expected, "{header} {payload}");
    }
}

#[test]
fn refuses_a_foreign_signature_even_with_its_key_in_the_header() {
    let (ours, attacker) = (key(), key());
    let mut header = header(&ours);
    header["jwk"] = serde_json::to_value(attacker.public_jwk()).unwrap();
    let token = forge(&attacker, &header, &payload());
    let keys = set(&ours);
    let refusal = Verifier::new(&keys).verify(&token, NOW).unwrap_err();
    assert_eq!(
        refusal,
        Error::BadSignature {
            kid: ours.kid().to_string()
        }
    );
}

#[test]
fn refuses_what_is_no_token() {
    let key = key();
    let keys = set(&key);
    let token = forge(&key, &header(&key), &payload());
    let (head, _) = token.rsplit_once('.').unwrap();
    let too_long = "a".repeat(8 * 1024 + 1);
    for bad in [
        "",
        "a.b",
        "a.b.c.d",
        "..",
        &format!("{head}."),
        &format!("{token}="),
        &too_long,
    ] {
        let refusal = Verifier::new(&keys).verify(bad, NOW).unwrap_err();
        let expected = matches!(
            refusal,
            Error::MalformedToken { .. } | Error::TokenTooLong { .. } | Error::BadSignature { .. }
        );
        assert!(expected, "{refusal:?}");
    }
}

#[test]
fn neither_debug_nor_error_shows_a_token_or_key() {
    let key = key();
    let token = PartnerToken::issue(partner()).sign(&key, NOW).unwrap();
    let signature = token.expose_secret().rsplit('.').next().unwrap();
    assert!(!format!("{token:?}").contains(signature));
    let pem = key.expose_pkcs8_pem();
    assert!(!format!("{key:?}").contains(pem.lines().nth(1).unwrap()));
}

#[test]
fn agrees_with_jsonwebtoken_in_both_directions() {
    let key = key();
    let pem = key.expose_pkcs8_pem();
    let jwk: jsonwebtoken::jwk::Jwk =
        serde_json::from_value(serde_json::to_value(key.public_jwk()).unwrap()).unwrap();
    let token = PartnerToken::issue(partner()).sign(&key, NOW).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.validate_exp = false;
    let theirs = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let read = jsonwebtoken::decode::<Value>(token.expose_secret(), &theirs, &validation).unwrap();
    assert_eq!(read.claims["partnerId"], partner().as_str());

    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
    header.kid = Some(key.kid().to_string());
    let theirs = jsonwebtoken::EncodingKey::from_ec_pem(pem.as_bytes()).unwrap();
    let token = jsonwebtoken::encode(&header, &payload(), &theirs).unwrap();
    let keys = set(&key);
    assert!(
        Verifier::new(&keys)
            .requiring(Scope::Issue)
            .verify(&token, NOW)
            .is_ok()
    );
}

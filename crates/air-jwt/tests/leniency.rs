//! Parts of RFC 7519 that are optional and that a verifier accepts, and their limits.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_jwt::{Error, JwkSet, Scope, SigningKey, UnixTime, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const AT: UnixTime = UnixTime::from_secs(1_795_875_700);
const NO_TYPE: &str = include_str!("cases/tok_notyp.jwt");
const MILLISECONDS: &str = include_str!("cases/tok_exp_ms.jwt");

fn after(seconds: u64) -> UnixTime {
    AT.saturating_add(Duration::from_secs(seconds))
}

fn keys() -> JwkSet {
    JwkSet::from_slice(include_bytes!("cases/jwks.json")).unwrap()
}

/// A token of the case's key: with these claims beside the usual ones, and this `typ`.
fn token(typ: Option<Value>, more: &Value) -> String {
    let key = SigningKey::from_pem(include_str!("cases/p8.pem")).unwrap();
    let mut header = json!({ "alg": "ES256", "kid": "k1" });
    if let Some(typ) = typ {
        header["typ"] = typ;
    }
    let mut payload = json!({ "partnerId": "p", "scope": "issue", "iat": AT, "exp": after(300) });
    for (name, value) in more.as_object().unwrap() {
        payload[name] = value.clone();
    }
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let input = format!("{}.{}", encode(&header), encode(&payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn lenient(token: &str) -> Result<(), Error> {
    Verifier::new(&keys())
        .allowing_absent_type()
        .verify(token.trim(), AT)
        .map(drop)
}

#[test]
fn an_absent_type_is_refused_unless_the_verifier_allows_it() {
    let strict = Verifier::new(&keys()).verify(NO_TYPE.trim(), AT).unwrap_err();
    assert_eq!(strict, Error::WrongType);
    assert_eq!(lenient(NO_TYPE), Ok(()));
}

#[test]
fn a_type_is_compared_as_a_media_type() {
    for typ in ["JWT", "jwt", "application/jwt", "APPLICATION/JWT"] {
        let token = token(Some(json!(typ)), &json!({}));
        assert!(Verifier::new(&keys()).verify(&token, AT).is_ok(), "{typ}");
    }
}

#[test]
fn a_wrong_type_stays_refused_where_an_absent_one_is_allowed() {
    for typ in [
        json!("dc+sd-jwt"),
        json!("vc+jwt"),
        json!("kb+jwt"),
        json!(""),
        json!(null),
        json!(1),
    ] {
        assert_eq!(
            lenient(&token(Some(typ.clone()), &json!({}))),
            Err(Error::WrongType),
            "{typ}"
        );
    }
}

#[test]
fn an_absent_type_is_refused_for_issuing_on_behalf() {
    let on_behalf = |error: Error| matches!(error, Error::AbsentType { .. });
    for scope in ["issue on-behalf", "on-behalf issue", "verify on-behalf  issue"] {
        let granted = token(None, &json!({ "scope": scope, "email": "ada@example.com" }));
        assert!(on_behalf(lenient(&granted).unwrap_err()), "{scope}");
    }
    let needed = Verifier::new(&keys())
        .allowing_absent_type()
        .requiring(Scope::IssueOnBehalf)
        .verify(NO_TYPE.trim(), AT);
    assert!(on_behalf(needed.unwrap_err()));
}

#[test]
fn an_absent_type_is_refused_where_a_claim_belongs_to_something_else() {
    for name in [
        "cnf",
        "vct",
        "vc",
        "vp",
        "status_list",
        "_sd",
        "_sd_alg",
        "sd_hash",
        "@context",
        "credentialSubject",
    ] {
        let mut claims = json!({});
        claims[name] = json!(null);
        assert!(
            matches!(lenient(&token(None, &claims)), Err(Error::AbsentType { .. })),
            "{name}"
        );
        assert_eq!(lenient(&token(Some(json!("JWT")), &claims)), Ok(()), "{name}");
    }
}

/// Nobody learns from the refusal what an unsigned token says.
#[test]
fn an_absent_type_is_looked_at_after_the_signature() {
    let forged = token(None, &json!({ "vct": "x" }));
    let (input, _) = forged.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", URL_SAFE_NO_PAD.encode([1; 64]));
    assert!(matches!(lenient(&forged), Err(Error::BadSignature { .. })));
}

#[test]
fn refuses_a_token_that_lives_longer_than_the_verifier_allows() {
    let keys = keys();
    let verifier = Verifier::new(&keys).at_most(Duration::from_mins(15));
    let verdict = |claims: Value| verifier.verify(&token(Some(json!("JWT")), &claims), AT).map(drop);
    assert_eq!(verdict(json!({ "exp": after(930) })), Ok(()));
    assert_eq!(
        verdict(json!({ "exp": after(931) })),
        Err(Error::LivesTooLong {
            seconds: 931,
            limit: 900
        })
    );
    // Near its end, a token of a day is still a token of a day.
    assert!(
        verdict(json!({ "iat": AT.saturating_sub(Duration::from_secs(86_000)), "exp": after(60) })).is_err()
    );
    // Without `iat`, or with one that is ahead, the time that is left counts.
    assert!(
        verdict(json!({ "iat": null, "exp": after(930) })).is_err(),
        "iat is no number"
    );
    assert!(verdict(json!({ "iat": 0, "exp": after(931) })).is_err());
    assert_eq!(verdict(json!({ "iat": 0, "exp": after(930) })), Ok(()));
    assert!(verdict(json!({ "iat": after(30), "exp": after(931) })).is_err());
    // The library's default has no limit.
    let long = token(Some(json!("JWT")), &json!({ "exp": after(86_400) }));
    assert!(Verifier::new(&keys).verify(&long, AT).is_ok());
}

#[test]
fn refuses_milliseconds_by_name() {
    let refusal = Verifier::new(&keys())
        .verify(MILLISECONDS.trim(), AT)
        .unwrap_err();
    assert_eq!(refusal, Error::Milliseconds { name: "exp" });
    assert!(refusal.to_string().contains("milliseconds?"), "{refusal}");
    for name in ["exp", "iat", "nbf"] {
        let mut claims = json!({});
        claims[name] = json!(AT.as_secs() * 1000);
        let refusal = Verifier::new(&keys()).verify(&token(Some(json!("JWT")), &claims), AT);
        assert_eq!(refusal.unwrap_err(), Error::Milliseconds { name });
    }
}

#[test]
fn a_fraction_never_makes_a_token_live_longer() {
    let verdict = |claims: &str, now: u64| {
        let claims: Value = serde_json::from_str(claims).unwrap();
        let keys = keys();
        let strict = Verifier::new(&keys).with_skew(Duration::ZERO).unwrap();
        let now = UnixTime::from_secs(now);
        strict.verify(&token(Some(json!("JWT")), &claims), now).map(drop)
    };
    let end = r#"{ "iat": 1795875700, "exp": 1795875800.9 }"#;
    assert_eq!(verdict(end, 1_795_875_799), Ok(()));
    assert!(matches!(verdict(end, 1_795_875_800), Err(Error::Expired { .. })));
    let begin = r#"{ "nbf": 1795875750.1, "exp": 1.7958759e9 }"#;
    assert_eq!(
        verdict(begin, 1_795_875_750),
        Err(Error::NotYetValid { ahead: 1 })
    );
    assert_eq!(verdict(begin, 1_795_875_751), Ok(()));
}

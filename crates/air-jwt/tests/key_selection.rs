//! The key of a set that a token names, and the errors for a key that must not be used.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_jwt::{
    Error, JwkSet, PrivateMembers, RsaSize, SigningKey, SkipReason, UnixTime, Verifier, jws::Unverified,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const AT: UnixTime = UnixTime::from_secs(1_795_875_700);
const PRIVATE: &[u8] = include_bytes!("cases/jwks_private.json");

fn case_key() -> SigningKey {
    SigningKey::from_pem(include_str!("cases/p8.pem")).unwrap()
}

/// A token with this `kid`, or with none.
fn token(key: &SigningKey, kid: Option<&str>) -> String {
    let mut header = json!({ "alg": key.algorithm().as_str(), "typ": "JWT" });
    if let Some(kid) = kid {
        header["kid"] = json!(kid);
    }
    let payload = json!({ "partnerId": "p", "scope": "issue", "iat": AT, "exp": AT.saturating_add(Duration::from_mins(5)) });
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let input = format!("{}.{}", encode(&header), encode(&payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn verdict(set: &JwkSet, token: &str) -> Result<(), Error> {
    Verifier::new(set).verify(token, AT).map(drop)
}

#[test]
fn a_kid_is_any_text() {
    let set = JwkSet::from_slice(include_bytes!("cases/jwks_kid_space.json")).unwrap();
    assert_eq!(set.skipped(), []);
    assert_eq!(verdict(&set, &token(&case_key(), Some("key one"))), Ok(()));
    for kid in ["clé", "鍵 1", "did:web:a.example#k", "a/b\\c", &"x".repeat(256)] {
        let set = JwkSet::from(case_key().with_kid(kid.parse().unwrap()).public_jwk());
        assert_eq!(verdict(&set, &token(&case_key(), Some(kid))), Ok(()), "{kid}");
    }
}

#[test]
fn a_kid_that_is_refused_is_refused_by_a_true_message() {
    for kid in ["", "a\nb", "a\u{7f}", &"x".repeat(257)] {
        let mut key = serde_json::to_value(case_key().public_jwk()).unwrap();
        key["kid"] = json!(kid);
        let set = JwkSet::from_slice(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
        assert_eq!(set.skipped().first().unwrap().reason, SkipReason::Kid, "{kid:?}");
    }
    let message = SkipReason::Kid.to_string();
    assert!(
        message.contains("1 to 256 characters without control characters"),
        "{message}"
    );
}

#[test]
fn a_key_without_kid_is_found_without_one_and_by_its_thumbprint() {
    let set = JwkSet::from_slice(include_bytes!("cases/jwks_onekey_nokid.json")).unwrap();
    let key = case_key();
    for kid in [None, Some(key.kid().as_str())] {
        assert_eq!(verdict(&set, &token(&key, kid)), Ok(()), "{kid:?}");
    }
}

#[test]
fn a_thumbprint_names_a_key_that_has_another_kid() {
    let set = JwkSet::from_slice(include_bytes!("cases/jwks.json")).unwrap();
    let key = case_key();
    assert_eq!(verdict(&set, &token(&key, Some(key.kid().as_str()))), Ok(()));
    let stranger = SigningKey::generate(&mut rand::rng());
    let kid = stranger.kid().as_str();
    assert!(matches!(
        verdict(&set, &token(&stranger, Some(kid))),
        Err(Error::UnknownKid { .. })
    ));
}

#[test]
fn no_kid_means_the_only_key_for_the_algorithm() {
    let (ec, other) = (case_key(), SigningKey::generate(&mut rand::rng()));
    let rsa = SigningKey::generate_rs256(RsaSize::Bits2048, &mut rand::rng());
    let one_each = JwkSet::new([ec.public_jwk(), rsa.public_jwk()]).unwrap();
    for key in [&ec, &rsa] {
        assert_eq!(verdict(&one_each, &token(key, None)), Ok(()));
    }
    assert!(matches!(
        verdict(&one_each, &token(&other, None)),
        Err(Error::BadSignature { .. })
    ));
    let two = JwkSet::new([ec.public_jwk(), other.public_jwk()]).unwrap();
    assert_eq!(verdict(&two, &token(&ec, None)), Err(Error::MissingKid));
    assert_eq!(verdict(&two, &token(&rsa, None)), Err(Error::MissingKid));
    assert_eq!(
        verdict(&JwkSet::default(), &token(&ec, None)),
        Err(Error::MissingKid)
    );
    let again = case_key().with_kid("again".parse().unwrap());
    let twice = JwkSet::new([ec.public_jwk(), again.public_jwk()]).unwrap();
    assert_eq!(
        verdict(&twice, &token(&ec, None)),
        Ok(()),
        "one key under two ids"
    );
}

#[test]
fn a_kid_that_is_no_text_does_not_count_as_absent() {
    let set = JwkSet::from_slice(include_bytes!("cases/jwks.json")).unwrap();
    for kid in [json!(null), json!(7), json!(["k1"])] {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
        let input = format!("{}.e30", URL_SAFE_NO_PAD.encode(header.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(case_key().sign(input.as_bytes()));
        let token = format!("{input}.{signature}");
        let parsed = Unverified::parse(&token, 4096).unwrap();
        assert_eq!(parsed.key_in(&set).unwrap_err(), Error::MissingKid, "{kid}");
    }
}

#[test]
fn a_skipped_key_is_named_with_its_reason() {
    let set = JwkSet::from_slice(PRIVATE).unwrap();
    let refusal = verdict(&set, &token(&case_key(), Some("k1"))).unwrap_err();
    let expected = Error::KeyNotUsed {
        kid: "k1".into(),
        reason: SkipReason::Private,
    };
    assert_eq!(refusal, expected);
    let message = refusal.to_string();
    assert!(
        message.starts_with("the JWK set has the key `k1`, but it is not used: "),
        "{message}"
    );
    assert_eq!(verdict(&set, &token(&case_key(), None)), Err(expected));
    assert!(matches!(
        verdict(&set, &token(&case_key(), Some("k2"))),
        Err(Error::UnknownKid { .. })
    ));
}

#[test]
fn a_leaked_key_is_used_only_where_the_caller_says_so() {
    assert!(JwkSet::from_slice(PRIVATE).unwrap().leaked().is_empty());
    assert_eq!(JwkSet::from_slice(PRIVATE).unwrap().iter().count(), 0);
    let set = JwkSet::parse_with(PRIVATE, PrivateMembers::Drop).unwrap();
    assert_eq!(set.leaked(), [set.kids().next().unwrap().clone()]);
    assert_eq!(verdict(&set, &token(&case_key(), Some("k1"))), Ok(()));
    let shown = format!("{set:?} {}", set.to_json());
    assert!(!shown.contains("nCV4rnLM9emCWwuv"), "the private member is kept");
}

#[test]
fn each_private_member_makes_a_key_leaked() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        for value in [json!("AQAB"), json!(""), json!(7), json!([{}])] {
            let mut key = serde_json::to_value(case_key().public_jwk()).unwrap();
            key[member] = value;
            let set = JwkSet::from_slice(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
            assert_eq!(
                set.skipped().first().unwrap().reason,
                SkipReason::Private,
                "{key}"
            );
        }
    }
}

#[test]
fn a_byte_order_mark_before_a_set_is_ignored() {
    let set = JwkSet::from_slice(include_bytes!("cases/jwks_bom.json")).unwrap();
    assert!(set.find("k1").is_some());
    let twice = [b"\xEF\xBB\xBF".as_slice(), include_bytes!("cases/jwks_bom.json")].concat();
    assert_eq!(JwkSet::from_slice(&twice).unwrap_err(), Error::InvalidJwkSet);
}

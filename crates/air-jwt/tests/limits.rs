//! Both sides of limits, and output that other tests only search for secrets: mutations of the code that no other
//! test finds.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_jwt::{
    Error, Inspection, JwkSet, NumericDate, PartnerToken, PrivateMembers, SigningKey, SkipReason, SkippedKey,
    Verifier, inspect::Severity, jws::Unverified,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::times::{NOW, after};

const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";

fn rsa_key() -> SigningKey {
    SigningKey::from_pem(include_str!("vectors/keys/rsa-pkcs8.pem")).unwrap()
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// The codes of the findings in a token with these claims.
fn codes(claims: &Value) -> Vec<(Severity, &'static str)> {
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": "k" });
    let token = format!("{}.{}.AAAA", encode(&header), encode(claims));
    let inspection = Inspection::of(&token, NOW).unwrap();
    let findings = inspection.findings.iter();
    findings.map(|finding| (finding.severity, finding.code)).collect()
}

fn claims(partner: &str, lifetime: u64) -> Value {
    json!({ "partnerId": partner, "scope": "issue", "iat": NOW, "exp": after(lifetime) })
}

#[test]
fn the_largest_skew_is_accepted() {
    let keys = JwkSet::default();
    assert!(Verifier::new(&keys).with_skew(Duration::from_mins(5)).is_ok());
    let refused = Verifier::new(&keys).with_skew(Duration::from_secs(301));
    assert!(matches!(
        refused,
        Err(Error::SkewOutOfRange {
            seconds: 301,
            limit: 300
        })
    ));
}

#[test]
fn a_token_of_the_largest_length_is_read() {
    let token = "e30.e30.AAAA";
    assert!(Unverified::parse(token, token.len()).is_ok());
    let limit = token.len() - 1;
    assert!(matches!(
        Unverified::parse(token, limit),
        Err(Error::TokenTooLong { .. })
    ));
}

#[test]
fn the_first_time_that_counts_as_milliseconds() {
    let date = |seconds: u64| NumericDate::from_json(&json!(seconds)).unwrap();
    assert!(!date(99_999_999_999).looks_like_milliseconds());
    assert!(date(100_000_000_000).looks_like_milliseconds());
}

#[test]
fn an_inspection_has_the_limits_of_the_verifier() {
    use Severity::{Refused, Warning};
    for (lifetime, expected) in [
        (900, vec![]),
        (901, vec![(Warning, "long-lived")]),
        (930, vec![(Warning, "long-lived")]),
        (931, vec![(Refused, "long-lived")]),
    ] {
        assert_eq!(codes(&claims(PARTNER, lifetime)), expected, "{lifetime}");
    }
    for name in ["iat", "nbf"] {
        let mut ahead = claims(PARTNER, 300);
        ahead[name] = json!(after(30));
        assert_eq!(codes(&ahead), [], "{name}");
    }
}

#[test]
fn a_partner_id_has_the_groups_and_the_digits_of_a_uuid() {
    let warning = [(Severity::Warning, "partner-id-form")];
    for partner in [
        // The groups of a UUID with another letter, and hexadecimal digits in other groups.
        "g0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11",
        "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a1",
        "f0a2c1de3f644a7a9d550f1f4f6f9a11",
    ] {
        assert_eq!(codes(&claims(partner, 300)), warning, "{partner}");
    }
    assert_eq!(codes(&claims(PARTNER, 300)), []);
}

#[test]
fn severities_have_names() {
    assert_eq!(Severity::Warning.name(), "warning");
    assert_eq!(Severity::Refused.name(), "refused");
}

#[test]
fn a_skipped_key_without_an_id_is_named_by_its_place() {
    let good = serde_json::to_value(rsa_key().public_jwk()).unwrap();
    let set = json!({ "keys": [good, { "kty": "oct" }, 7] }).to_string();
    let (set, skipped) = JwkSet::read(set.as_bytes()).unwrap();
    let names: Vec<String> = skipped.iter().map(SkippedKey::name).collect();
    assert_eq!(names, ["number 2", "number 3"]);
    assert_eq!(set.skipped(), skipped);
    assert_eq!(set.kids().collect::<Vec<_>>(), [rsa_key().kid()]);
    assert_eq!(Vec::from_iter(&set), [&rsa_key().public_jwk()]);
}

/// The reason why a set skips its only key, if it does.
fn reason(key: &Value) -> Option<SkipReason> {
    let set = json!({ "keys": [key] }).to_string();
    let (_, skipped) = JwkSet::read(set.as_bytes()).unwrap();
    skipped.first().map(|skipped| skipped.reason.clone())
}

#[test]
fn a_set_skips_every_value_that_is_no_key() {
    for value in [
        json!(null),
        json!(true),
        json!(7),
        json!(-7),
        json!(0.5),
        json!("key"),
        json!([1]),
        json!({}),
    ] {
        assert_eq!(reason(&value), Some(SkipReason::Type), "{value}");
    }
    let mut key = serde_json::to_value(rsa_key().public_jwk()).unwrap();
    key["key_ops"] = json!(["verify"]);
    assert_eq!(reason(&key), None);
    key["key_ops"] = json!(["verify", 7]);
    assert_eq!(reason(&key), Some(SkipReason::Type));
}

#[test]
fn only_a_private_half_that_a_set_publishes_is_leaked() {
    let set = json!({ "keys": [rsa_key().public_jwk()] }).to_string();
    let set = JwkSet::parse_with(set.as_bytes(), PrivateMembers::Drop).unwrap();
    assert_eq!(set.kids().count(), 1);
    assert!(set.leaked().is_empty());
}

/// An RSA key with these numbers, big-endian.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Value {
    let encode = |number| URL_SAFE_NO_PAD.encode(number);
    json!({ "kty": "RSA", "n": encode(modulus), "e": encode(exponent) })
}

#[test]
fn an_rsa_key_of_a_set_has_limited_numbers() {
    let usual = [1, 0, 1];
    for (bytes, bits) in [(128, 1024), (513, 4104)] {
        let expected = Some(SkipReason::RsaKeySize { bits });
        assert_eq!(reason(&rsa(&vec![0xff; bytes], &usual)), expected);
    }
    for bytes in [256, 512] {
        assert_eq!(reason(&rsa(&vec![0xff; bytes], &usual)), None, "{bytes}");
    }
    let modulus = [0xff; 256];
    assert_eq!(reason(&rsa(&modulus, &[0, 0, 0, 0, 0, 1, 0, 1])), None);
    let long = rsa(&modulus, &[0, 0, 0, 0, 0, 0, 1, 0, 1]);
    assert_eq!(reason(&long), Some(SkipReason::Invalid));
}

/// 65,537 to the power of 128, big-endian: it has 2,049 bits.
fn power_of_65537() -> Vec<u8> {
    let mut digits = vec![1_u16];
    for _ in 0..128 {
        // A digit has 16 bits, so the product is the number and the number shifted by one digit.
        let shifted = [0].iter().chain(&digits);
        let mut carry = 0;
        let product = digits.iter().chain([&0]).zip(shifted).map(|(own, shifted)| {
            let sum = u32::from(*own) + u32::from(*shifted) + carry;
            carry = sum >> 16;
            u16::try_from(sum & 0xffff).unwrap()
        });
        digits = product.collect();
    }
    digits
        .iter()
        .rev()
        .flat_map(|digit| digit.to_be_bytes())
        .collect()
}

/// A modulus of the flawed generator is a power of 65,537 modulo small primes. This one is a power itself.
#[test]
fn an_rsa_key_of_the_flawed_generator_is_refused() {
    let modulus = power_of_65537();
    assert_eq!(reason(&rsa(&modulus, &[1, 0, 1])), Some(SkipReason::Flawed));
    let mut sound = modulus;
    *sound.last_mut().unwrap() ^= 4;
    assert_eq!(reason(&rsa(&sound, &[1, 0, 1])), None);
}

#[test]
fn keys_of_rsa_are_equal_by_both_numbers() {
    let (key, other) = (rsa_key(), SigningKey::generate(&mut rand::rng()));
    assert_eq!(key.verifying_key(), rsa_key().verifying_key());
    assert_ne!(key.verifying_key(), other.verifying_key());
    // Another exponent is another key.
    let mut jwk = serde_json::to_value(key.public_jwk()).unwrap();
    jwk["e"] = json!("AQAD");
    jwk["kid"] = json!("65539");
    let set = json!({ "keys": [jwk] }).to_string();
    let set = JwkSet::from_slice(set.as_bytes()).unwrap();
    let changed = set.find("65539").unwrap();
    assert_ne!(key.verifying_key(), changed.verifying_key());
    // One key under two ids is the only key.
    let again = rsa_key().with_kid("again".parse().unwrap());
    let twice = JwkSet::new([key.public_jwk(), again.public_jwk()]).unwrap();
    assert!(twice.only_key_for(key.algorithm()).is_ok());
}

#[test]
fn debug_names_a_key_and_a_token() {
    let key = SigningKey::generate(&mut rand::rng());
    let kid = key.kid().as_str();
    let shown = format!("{:?}", key.verifying_key());
    assert!(
        shown.starts_with("VerifyingKey { algorithm: Es256, thumbprint: "),
        "{shown}"
    );
    assert!(shown.contains(kid), "{shown}");
    let token = PartnerToken::issue(PARTNER.parse().unwrap());
    let shown = format!("{:?}", token.sign(&key, NOW).unwrap());
    assert!(
        shown.starts_with("PartnerJwt { scope: Some(Issue), kid: "),
        "{shown}"
    );
    assert!(shown.contains(kid), "{shown}");
}

#[test]
fn a_token_names_its_partner() {
    let key = SigningKey::generate(&mut rand::rng());
    let token = PartnerToken::issue(PARTNER.parse().unwrap())
        .sign(&key, NOW)
        .unwrap();
    let partner = Verifier::claimed_partner(token.expose_secret()).unwrap();
    assert_eq!(partner.as_str(), PARTNER);
    let nobody = format!("e30.{}.AAAA", encode(&json!({ "scope": "issue" })));
    assert_eq!(
        Verifier::claimed_partner(&nobody).unwrap_err(),
        Error::MissingClaim { name: "partnerId" }
    );
}

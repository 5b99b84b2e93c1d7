//! JWS, JWK and thumbprints against vectors from outside: Project Wycheproof, the cookbook of RFC
//! 7520, and RFCs.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{Error, Jwk, JwkSet, SigningKey, SkipReason, jws::Unverified};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const LIMIT: usize = 64 * 1024;

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Whether the token verifies with a key of the set.
fn verifies(token: &str, keys: &Value) -> bool {
    let Ok(keys) = JwkSet::from_slice(keys.to_string().as_bytes()) else {
        return false;
    };
    let verify = || {
        let token = Unverified::parse(token, LIMIT)?;
        token.verify_signature(token.key_in(&keys)?)
    };
    verify().is_ok()
}

/// Runs a file of Wycheproof. `keys` finds a group's JWK set; `excused` says why a valid case is
/// refused here.
fn run_wycheproof(
    file: &str,
    json: &str,
    keys: fn(&Value) -> Value,
    excused: fn(&Value, &Value) -> Option<&'static str>,
) -> usize {
    let mut accepted = 0;
    for group in parse(json)["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let case = format!(
                "{file} {}: {} ({})",
                test["tcId"], test["comment"], group["comment"]
            );
            let token = test["jws"]
                .as_str()
                .map_or_else(|| test["jws"].to_string(), str::to_owned);
            let verdict = verifies(&token, &keys(group));
            match excused(group, test) {
                Some(reason) => assert!(!verdict, "{case} is an exception: {reason}"),
                None => assert_eq!(verdict, test["result"] == "valid", "{case}"),
            }
            accepted += usize::from(verdict);
        }
    }
    accepted
}

/// The algorithms that are never accepted: HMAC needs a shared secret, the others are not the platform's.
fn other_algorithm(key: &Value) -> Option<&'static str> {
    match key["alg"].as_str() {
        Some("ES256" | "RS256") | None => None,
        Some(_) => Some("only ES256 and RS256 are accepted"),
    }
}

#[test]
fn wycheproof_signatures() {
    let keys = |group: &Value| {
        let key = group.get("public").unwrap_or(&group["private"]);
        json!({ "keys": [key] })
    };
    let excused = |group: &Value, test: &Value| {
        if test["result"] != "valid" {
            return None;
        }
        other_algorithm(group.get("public").unwrap_or(&group["private"]))
    };
    let json = include_str!("vectors/wycheproof-jose/json_web_signature_test.json");
    let accepted = run_wycheproof("json_web_signature_test.json", json, keys, excused);
    assert_eq!(accepted, 10);
}

#[test]
fn wycheproof_keys() {
    let keys = |group: &Value| group.get("public").unwrap_or(&group["private"]).clone();
    let excused = |group: &Value, test: &Value| {
        if test["result"] != "valid" {
            return None;
        }
        let keys = group.get("public").unwrap_or(&group["private"]);
        other_algorithm(&keys["keys"][0])
    };
    let json = include_str!("vectors/wycheproof-jose/json_web_key_test.json");
    let accepted = run_wycheproof("json_web_key_test.json", json, keys, excused);
    assert!(accepted > 0);
}

/// The group's keys as a JWK set.
fn key_set(group: &Value) -> Value {
    let key = group.get("public").unwrap_or(&group["private"]);
    if key.get("keys").is_some() {
        key.clone()
    } else {
        json!({ "keys": [key] })
    }
}

/// Signed tokens. The encrypted ones are no signed tokens, so none of them verifies.
#[test]
fn wycheproof_messages() {
    let excused = |group: &Value, test: &Value| {
        if test["result"] != "valid" {
            return None;
        }
        other_algorithm(&key_set(group)["keys"][0])
    };
    let json = include_str!("vectors/wycheproof-jose/json_web_crypto_test.json");
    let accepted = run_wycheproof("json_web_crypto_test.json", json, key_set, excused);
    assert_eq!(accepted, 2);
}

#[test]
fn rfc_7638_thumbprints() {
    let cases = parse(include_str!("vectors/jose-rfc/jwk-thumbprints.json"));
    let mut checked = 0;
    for case in cases.as_array().unwrap() {
        let (source, jwk) = (&case["source"], &case["jwk"]);
        // A thumbprint is of these members alone (RFC 7638, 3.2); one of the keys is for encryption.
        let members = ["kty", "crv", "x", "y", "n", "e"];
        let required: serde_json::Map<_, _> = jwk
            .as_object()
            .unwrap()
            .clone()
            .into_iter()
            .filter(|(name, _)| members.contains(&name.as_str()))
            .collect();
        match Jwk::from_slice(Value::Object(required).to_string().as_bytes()) {
            Ok(key) => {
                assert_eq!(key.thumbprint().as_str(), case["sha256"], "{source}");
                checked += 1;
            }
            // Ed25519 signs nothing on the platform.
            Err(error) => assert_eq!(
                (&error, &jwk["kty"]),
                (&Error::InvalidPublicKey, &json!("OKP")),
                "{source}"
            ),
        }
    }
    assert_eq!(checked, cases.as_array().unwrap().len() - 1);
}

/// RFC 7520, section 4, RFC 8037 and RFC 7797. `None`: verified here, and where it is reproducible, signed to the same bytes.
const COOKBOOK: [(&str, &str, Option<&str>); 11] = [
    (
        "4.1",
        include_str!("vectors/jose-cookbook/jws/4_1.rsa_v15_signature.json"),
        None,
    ),
    (
        "4.2",
        include_str!("vectors/jose-cookbook/jws/4_2.rsa-pss_signature.json"),
        Some("PS384"),
    ),
    (
        "4.3",
        include_str!("vectors/jose-cookbook/jws/4_3.ecdsa_signature.json"),
        Some("ES512"),
    ),
    (
        "4.4",
        include_str!("vectors/jose-cookbook/jws/4_4.hmac-sha2_integrity_protection.json"),
        Some("HS256"),
    ),
    (
        "4.5",
        include_str!("vectors/jose-cookbook/jws/4_5.signature_with_detached_content.json"),
        Some("HS256, detached"),
    ),
    (
        "4.6",
        include_str!("vectors/jose-cookbook/jws/4_6.protecting_specific_header_fields.json"),
        Some("HS256, JSON serialisation"),
    ),
    (
        "4.7",
        include_str!("vectors/jose-cookbook/jws/4_7.protecting_content_only.json"),
        Some("HS256, JSON serialisation"),
    ),
    (
        "4.8",
        include_str!("vectors/jose-cookbook/jws/4_8.multiple_signatures.json"),
        Some("JSON serialisation"),
    ),
    (
        "RFC 8037",
        include_str!("vectors/jose-cookbook/curve25519/jws.json"),
        Some("EdDSA"),
    ),
    (
        "RFC 7797, compact",
        include_str!("vectors/jose-cookbook/rfc7797/hmac-sha2_b64_false.json"),
        Some("HS256, unencoded payload"),
    ),
    (
        "RFC 7797, 4.2",
        include_str!("vectors/jose-cookbook/rfc7797/4.2.hmac-sha2_b64_false.json"),
        Some("HS256, unencoded payload"),
    ),
];

#[test]
fn rfc_7520_signatures() {
    for (section, json, refused) in COOKBOOK {
        let case = parse(json);
        let key = case["input"]["key"].clone();
        let keys = JwkSet::parse_with(
            json!({ "keys": [key] }).to_string().as_bytes(),
            air_jwt::PrivateMembers::Drop,
        )
        .unwrap();
        let json_form = case["output"]["json"].to_string();
        let token = case["output"]["compact"].as_str().unwrap_or(&json_form);
        let verdict =
            Unverified::parse(token, LIMIT).and_then(|token| token.verify_signature(token.key_in(&keys)?));
        if let Some(reason) = refused {
            assert!(verdict.is_err(), "{section} is an exception: {reason}");
            continue;
        }
        assert_eq!(verdict, Ok(()), "{section}");
        let private = SigningKey::from_jwk(key.to_string().as_bytes()).unwrap();
        let signature = private.sign(case["signing"]["sig-input"].as_str().unwrap().as_bytes());
        assert_eq!(
            URL_SAFE_NO_PAD.encode(signature),
            case["signing"]["sig"],
            "{section}"
        );
    }
}

/// RFC 7520, section 3: which of its keys are read, and why the others are not.
#[test]
fn rfc_7520_keys() {
    let keys = [
        (
            "3.1",
            include_str!("vectors/jose-cookbook/jwk/3_1.ec_public_key.json"),
            Some(SkipReason::Type),
        ),
        (
            "3.2",
            include_str!("vectors/jose-cookbook/jwk/3_2.ec_private_key.json"),
            Some(SkipReason::Private),
        ),
        (
            "3.3",
            include_str!("vectors/jose-cookbook/jwk/3_3.rsa_public_key.json"),
            None,
        ),
        (
            "3.4",
            include_str!("vectors/jose-cookbook/jwk/3_4.rsa_private_key.json"),
            Some(SkipReason::Private),
        ),
        (
            "3.5",
            include_str!("vectors/jose-cookbook/jwk/3_5.symmetric_key_mac_computation.json"),
            Some(SkipReason::Type),
        ),
        (
            "3.6",
            include_str!("vectors/jose-cookbook/jwk/3_6.symmetric_key_encryption.json"),
            Some(SkipReason::Use),
        ),
    ];
    for (section, key, reason) in keys {
        let set = JwkSet::from_slice(json!({ "keys": [parse(key)] }).to_string().as_bytes()).unwrap();
        let found = set.skipped().first().map(|skipped| skipped.reason.clone());
        assert_eq!(found, reason, "{section}");
    }
    let rsa = include_bytes!("vectors/jose-cookbook/jwk/3_4.rsa_private_key.json");
    assert!(SigningKey::from_jwk(rsa).is_ok());
}

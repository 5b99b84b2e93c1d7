//! The lists and the token of the draft Token Status List.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::fmt::Write;

use air_ids::UnixTime;
use air_jwt::JwkSet;
use air_vc::{
    Error, Verifier,
    status::{
        Status, StatusBits, StatusList, StatusListClaims, StatusListOptions, StatusListToken,
        StatusListVerifier, StatusReference,
    },
};
use serde_json::{Value, json};

use crate::{
    sd_jwt_support::content,
    support::{ISS, NOW, STATUS_URI, Setup, object},
};

const URI: &str = "https://example.com/statuslists/1";

/// Tokens in CBOR, which this crate does not read: air-mdoc does.
const NOT_READ: [&str; 2] = ["status_list_cwt_hex", "referenced_token_cwt_hex"];

fn reference(uri: &str, index: u64) -> StatusReference {
    StatusReference {
        uri: uri.into(),
        index,
    }
}

fn status(value: &Value) -> Status {
    Status::from_value(u8::try_from(value.as_u64().unwrap()).unwrap())
}

fn cases(json: &str, number: usize) -> Vec<(String, Value)> {
    let cases: Vec<Value> = serde_json::from_str(json).unwrap();
    assert_eq!(cases.len(), number);
    let named = |case: Value| (format!("{} bits of {}", case["bits"], case["size"]), case);
    cases.into_iter().map(named).collect()
}

/// Lists of 2^20 entries with 1, 2, 4 and 8 bits.
fn large_lists() -> Vec<(String, Value)> {
    cases(include_str!("vectors/token-status-list/encodings.json"), 4)
}

fn small_lists() -> Vec<(String, Value)> {
    cases(include_str!("vectors/token-status-list/small-lists.json"), 2)
}

fn tokens() -> Value {
    serde_json::from_str(include_str!("vectors/token-status-list/tokens.json")).unwrap()
}

fn keys() -> JwkSet {
    let set = json!({ "keys": [tokens()["issuer_public_jwk"]] });
    JwkSet::from_slice(set.to_string().as_bytes()).unwrap()
}

/// Builds the list of the case.
fn built(case: &Value) -> StatusList {
    let bits = StatusBits::from_number(case["bits"].as_u64().unwrap()).unwrap();
    let mut list = StatusList::new(bits, case["size"].as_u64().unwrap()).unwrap();
    for (index, value) in case["statuses"].as_object().unwrap() {
        list.set(index.parse().unwrap(), status(value)).unwrap();
    }
    list
}

#[test]
fn lists_of_each_width_decode_and_are_encoded_the_same() {
    for (name, case) in &large_lists() {
        let list = StatusList::from_claim(&object(&case["json"])).unwrap();
        assert_eq!(list.entries(), case["size"].as_u64().unwrap(), "{name}");
        for (index, value) in case["statuses"].as_object().unwrap() {
            assert_eq!(
                list.status(index.parse().unwrap()),
                Ok(status(value)),
                "{name}: {index}"
            );
        }
        let ours = built(case);
        assert_eq!(ours, list, "{name}: an index that is not mentioned is not 0");
        assert_eq!(StatusList::from_claim(&ours.to_claim()).unwrap(), list, "{name}");
    }
}

#[test]
fn lists_of_each_width_travel_in_a_token() {
    let setup = Setup::new();
    let options = StatusListOptions {
        issued_at: NOW,
        ..StatusListOptions::default()
    };
    for (name, case) in &large_lists() {
        let token = StatusListToken::sign(&setup.key, STATUS_URI, &built(case), &options);
        let verifier = StatusListVerifier::new(ISS, &setup.keys, STATUS_URI);
        let list = verifier.verify(token.as_str(), NOW).unwrap();
        for (index, value) in case["statuses"].as_object().unwrap() {
            let reference = reference(STATUS_URI, index.parse().unwrap());
            assert_eq!(list.status(&reference), Ok(status(value)), "{name}: {index}");
        }
        let entries = case["size"].as_u64().unwrap();
        let beyond = list.status(&reference(STATUS_URI, entries));
        assert_eq!(
            beyond,
            Err(Error::StatusIndexOutOfRange {
                index: entries,
                entries
            }),
            "{name}"
        );
    }
}

/// Compressed at the highest level, as the draft recommends.
#[test]
fn the_small_lists_are_encoded_to_the_letter() {
    for (name, case) in &small_lists() {
        let list = StatusList::from_claim(&object(&case["json"])).unwrap();
        let mut hex = String::new();
        for byte in list.as_bytes() {
            write!(hex, "{byte:02x}").unwrap();
        }
        assert_eq!(case["bytes_hex"], hex, "{name}");
        assert_eq!(case["json"], json!(list.to_claim()), "{name}");
        let values = case["statuses"].as_array().unwrap();
        assert_eq!(list.entries(), values.len() as u64, "{name}");
        for (index, value) in (0..).zip(values) {
            assert_eq!(list.status(index), Ok(status(value)), "{name}: {index}");
        }
    }
}

#[test]
fn the_token_verifies_and_says_what_is_shown() {
    let (tokens, keys) = (tokens(), keys());
    let token = tokens["status_list_jwt"].as_str().unwrap();
    let list = StatusListVerifier::new("https://example.com", &keys, URI)
        .verify(token, NOW)
        .unwrap();
    let shown = &tokens["status_list_jwt_shown"]["payload"];
    assert_eq!(list.issued_at().as_secs(), shown["iat"]);
    assert_eq!(list.expires_at().unwrap().as_secs(), shown["exp"]);
    assert_eq!(list.ttl(), shown["ttl"].as_u64());
    assert_eq!(json!(list.list().to_claim()), shown["status_list"]);
    let (_, small) = &small_lists()[0];
    for (index, value) in (0..).zip(small["statuses"].as_array().unwrap()) {
        assert_eq!(list.status(&reference(URI, index)), Ok(status(value)), "{index}");
    }
    // The token in the text has an `iss` that its payload in the text does not show.
    let mut signed = content(token);
    assert_eq!(
        signed.as_object_mut().unwrap().remove("iss"),
        Some(json!("https://example.com"))
    );
    assert_eq!(&signed, shown);
}

#[test]
fn the_token_is_refused_changed_elsewhere_and_at_its_end() {
    let (tokens, keys, setup) = (tokens(), keys(), Setup::new());
    let token = tokens["status_list_jwt"].as_str().unwrap();
    let verifier = |uri: &str| StatusListVerifier::new("https://example.com", &keys, uri);
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (header, _) = input.split_once('.').unwrap();
    let other = StatusListToken::sign(
        &setup.key,
        URI,
        &built(&large_lists()[0].1),
        &StatusListOptions::default(),
    );
    let other = other.as_str().split('.').nth(1).unwrap();
    for changed in [
        format!("{header}.{other}.{signature}"),
        format!("{input}.{}", signature.replacen(|_: char| true, "A", 1)),
        format!("{input}."),
    ] {
        let outcome = verifier(URI).verify(&changed, NOW);
        assert!(matches!(outcome, Err(Error::StatusListToken(_))), "{changed}");
    }
    let unknown = StatusListVerifier::new("https://example.com", &setup.keys, URI).verify(token, NOW);
    assert!(matches!(unknown, Err(Error::StatusListToken(_))));
    let elsewhere = verifier("https://example.com/statuslists/2").verify(token, NOW);
    assert_eq!(elsewhere.map(drop), Err(Error::StatusListWrongUri));
    let of_another = StatusListVerifier::new("https://other.example", &keys, URI).verify(token, NOW);
    assert_eq!(of_another.map(drop), Err(Error::StatusListWrongIssuer));
    let late = verifier(URI).verify(token, UnixTime::from_secs(2_291_720_200));
    assert_eq!(late.map(drop), Err(Error::StatusListExpired { ago: 30 }));
    let early = verifier(URI).verify(token, UnixTime::from_secs(1_686_920_100));
    assert_eq!(early.map(drop), Err(Error::StatusListNotYetValid { ahead: 70 }));
}

#[test]
fn tokens_in_cbor_are_refused() {
    let (tokens, keys) = (tokens(), keys());
    for name in NOT_READ {
        let token = tokens[name].as_str().unwrap();
        let outcome = StatusListVerifier::new("https://example.com", &keys, URI).verify(token, NOW);
        assert!(matches!(outcome, Err(Error::StatusListToken(_))), "{name}");
        let outcome = Verifier::new("https://example.com", &keys).verify(token, NOW);
        assert!(matches!(outcome, Err(Error::Format { .. })), "{name}");
    }
}

/// The claims of the token of the draft in CBOR, with the list of the text.
fn claims(compressed: &[u8]) -> StatusListClaims<'_> {
    StatusListClaims {
        issuer: None,
        uri: URI,
        issued_at: UnixTime::from_secs(1_686_920_170),
        not_before: None,
        expires_at: Some(UnixTime::from_secs(2_291_720_170)),
        ttl: Some(43_200),
        bits: 1,
        compressed,
    }
}

#[test]
fn claims_of_another_format_are_accepted_by_the_same_rules() {
    let keys = keys();
    let (_, small) = &small_lists()[0];
    let compressed = StatusList::from_claim(&object(&small["json"])).unwrap().to_zlib();
    let claims = claims(&compressed);
    let verifier = StatusListVerifier::new("https://example.com", &keys, URI);
    let list = verifier.accept(&claims, NOW).unwrap();
    let statuses = small["statuses"].as_array().unwrap();
    for (index, value) in (0..).zip(statuses) {
        assert_eq!(list.status(&reference(URI, index)), Ok(status(value)), "{index}");
    }
    assert_eq!((list.ttl(), list.expires_at()), (claims.ttl, claims.expires_at));

    let refused = |claims: StatusListClaims<'_>, now: UnixTime| verifier.accept(&claims, now).unwrap_err();
    let other = "https://other.example";
    assert_eq!(
        refused(StatusListClaims { uri: other, ..claims }, NOW),
        Error::StatusListWrongUri
    );
    let issuer = Some(other);
    assert_eq!(
        refused(StatusListClaims { issuer, ..claims }, NOW),
        Error::StatusListWrongIssuer
    );
    let issuer = Some("https://example.com");
    assert!(
        verifier
            .accept(&StatusListClaims { issuer, ..claims }, NOW)
            .is_ok()
    );
    let late = UnixTime::from_secs(2_291_720_200);
    assert_eq!(refused(claims, late), Error::StatusListExpired { ago: 30 });
    let early = UnixTime::from_secs(1_686_920_100);
    assert_eq!(refused(claims, early), Error::StatusListNotYetValid { ahead: 70 });
    let not_before = Some(UnixTime::from_secs(NOW.as_secs() + 31));
    assert_eq!(
        refused(StatusListClaims { not_before, ..claims }, NOW),
        Error::StatusListNotYetValid { ahead: 31 }
    );
    assert_eq!(
        refused(StatusListClaims { bits: 3, ..claims }, NOW),
        Error::StatusBits { bits: 3 }
    );
    for malformed in [
        StatusListClaims {
            ttl: Some(0),
            ..claims
        },
        StatusListClaims {
            compressed: b"junk",
            ..claims
        },
    ] {
        assert!(matches!(refused(malformed, NOW), Error::MalformedStatus { .. }));
    }
}

#[test]
fn the_key_of_another_format_is_named_or_the_only_one() {
    let keys = keys();
    let verifier = StatusListVerifier::new("https://example.com", &keys, URI);
    let only = keys.iter().next();
    assert_eq!(verifier.key(Some(b"12")).ok(), only);
    assert_eq!(verifier.key(None).ok(), only);
    for unknown in [&b"13"[..], b"\xff"] {
        assert_eq!(verifier.key(Some(unknown)), Err(Error::StatusListKeyUnknown));
    }
    let two = JwkSet::new([Setup::new(), Setup::new()].map(|setup| setup.key.public_jwk())).unwrap();
    let verifier = StatusListVerifier::new("https://example.com", &two, URI);
    assert_eq!(verifier.key(None), Err(Error::StatusListKeyUnknown));
}

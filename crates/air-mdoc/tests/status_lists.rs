//! Status list tokens as CWT: the token of the draft, and which tokens are refused.

use std::time::Duration;

use air_jwt::{JwkSet, SigningKey, VerifyingKey};
use air_mdoc::{Check, Error, StatusListClaims, StatusListCwt, UnixTime, Value};
use coset::{CborSerializable, CoseSign1};
use serde_json::json;

use crate::support::{NOW, SIGNER, chain, changed, decode, encode};

const URI: &str = "https://issuer.example/statuslist/1";
/// The label of the type of the payload.
const TYPE: i64 = 16;

fn tokens() -> serde_json::Value {
    serde_json::from_str(include_str!("vectors/token-status-list/tokens.json")).unwrap()
}

fn published(name: &str) -> (Vec<u8>, VerifyingKey) {
    let tokens = tokens();
    let set = json!({ "keys": [tokens["issuer_public_jwk"]] }).to_string();
    let keys = JwkSet::from_slice(set.as_bytes()).unwrap();
    let key = keys.iter().next().unwrap().verifying_key().clone();
    (hex::decode(tokens[name].as_str().unwrap()).unwrap(), key)
}

fn claims() -> StatusListClaims {
    StatusListClaims {
        issuer: Some("https://issuer.example".into()),
        uri: URI.into(),
        issued_at: NOW,
        not_before: Some(NOW),
        expires_at: Some(NOW.saturating_add(Duration::from_hours(1))),
        ttl: Some(300),
        bits: 1,
        compressed: vec![0x78, 0xda, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01],
    }
}

/// A token that was changed and signed again.
fn resigned(key: &SigningKey, change: impl FnOnce(&mut CoseSign1)) -> Vec<u8> {
    let token = StatusListCwt::sign(key, &claims(), None).unwrap().to_bytes();
    let mut sign1 = CoseSign1::from_slice(&token[1..]).unwrap();
    change(&mut sign1);
    sign1.protected.original_data = None;
    sign1.signature = key.sign(&sign1.tbs_data(&[]));
    sign1.to_vec().unwrap()
}

fn verified(bytes: &[u8], key: &SigningKey) -> Result<StatusListClaims, Error> {
    StatusListCwt::from_slice(bytes)?.verify(key.verifying_key())
}

/// A change of the claims.
type Change = fn(&mut Vec<(Value, Value)>);

#[test]
fn the_token_of_the_draft_verifies() {
    let (bytes, key) = published("status_list_cwt_hex");
    let token = StatusListCwt::from_slice(&bytes).unwrap();
    assert_eq!(token.to_bytes(), bytes);
    assert_eq!(token.key_id(), Some(&b"12"[..]));
    assert_eq!(token.certificates(), Ok(None));
    let claims = token.verify(&key).unwrap();
    assert_eq!(
        claims,
        StatusListClaims {
            issuer: None,
            uri: "https://example.com/statuslists/1".into(),
            issued_at: UnixTime::from_secs(1_686_920_170),
            not_before: None,
            expires_at: Some(UnixTime::from_secs(2_291_720_170)),
            ttl: Some(43_200),
            bits: 1,
            compressed: hex::decode("78dadbb918000217015d").unwrap(),
        }
    );
}

#[test]
fn the_tags_may_be_absent_or_have_a_cwt_tag_around_them() {
    let (bytes, key) = published("status_list_cwt_hex");
    let with_tag = [&b"\xd8\x3d"[..], &bytes].concat();
    for form in [&bytes[1..], &with_tag[..]] {
        let token = StatusListCwt::from_slice(form).unwrap();
        assert!(token.verify(&key).is_ok());
        assert_eq!(token.to_bytes(), bytes);
    }
}

#[test]
fn a_token_is_read_as_it_was_signed() {
    let key = SigningKey::generate(&mut rand::rng());
    let sparse = StatusListClaims {
        issuer: None,
        not_before: None,
        expires_at: None,
        ttl: None,
        ..claims()
    };
    for (claims, certificates) in [(claims(), Some(chain())), (sparse, None)] {
        let token = StatusListCwt::sign(&key, &claims, certificates.as_ref()).unwrap();
        let read = StatusListCwt::from_slice(&token.to_bytes()).unwrap();
        assert_eq!(read.certificates(), Ok(certificates));
        assert_eq!(read.key_id(), Some(key.kid().as_str().as_bytes()));
        assert_eq!(read.verify(key.verifying_key()), Ok(claims));
    }
}

#[tokio::test]
async fn a_remote_key_signs_the_same_list() {
    let key = SigningKey::generate(&mut rand::rng());
    let token = StatusListCwt::sign_with(&key, &claims(), None).await.unwrap();
    assert_eq!(token.verify(key.verifying_key()), Ok(claims()));
}

/// RFC 9360, 2: a chain may be in the protected header.
#[test]
fn certificates_may_be_in_the_protected_header() {
    let key = SigningKey::generate(&mut rand::rng());
    let bytes = resigned(&key, |sign1| {
        let header = (coset::Label::Int(33), Value::Bytes(SIGNER.to_vec()));
        sign1.protected.header.rest.push(header);
    });
    let token = StatusListCwt::from_slice(&bytes).unwrap();
    assert_eq!(token.certificates(), Ok(Some(chain())));
    assert!(token.verify(key.verifying_key()).is_ok());
}

#[test]
fn another_type_key_or_signature_is_refused() {
    let key = SigningKey::generate(&mut rand::rng());
    let other = SigningKey::generate(&mut rand::rng());
    let good = StatusListCwt::sign(&key, &claims(), None).unwrap().to_bytes();
    assert_eq!(verified(&good, &other), Err(Error::StatusListSignature));
    assert_eq!(Error::StatusListSignature.check(), Some(Check::Status));
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(verified(&changed, &key), Err(Error::StatusListSignature));

    let typed = |typ: Option<Value>| {
        resigned(&key, |sign1| {
            sign1.protected.header.rest.clear();
            let typ = typ.map(|typ| (coset::Label::Int(TYPE), typ));
            sign1.protected.header.rest.extend(typ);
        })
    };
    assert!(verified(&typed(Some("application/statuslist+cwt".into())), &key).is_ok());
    for typ in [None, Some("application/cwt".into()), Some(61.into())] {
        let refused = verified(&typed(typ), &key);
        assert!(matches!(refused, Err(Error::Malformed { .. })), "{refused:?}");
    }
    // The referenced token of the draft is not a list.
    let (credential, issuer) = published("referenced_token_cwt_hex");
    let refused = StatusListCwt::from_slice(&credential).unwrap().verify(&issuer);
    assert!(matches!(refused, Err(Error::Malformed { .. })), "{refused:?}");

    let critical = resigned(&key, |sign1| {
        let label = coset::RegisteredLabelWithPrivate::Text("extension".into());
        sign1.protected.header.crit.push(label);
    });
    let refused = verified(&critical, &key);
    assert!(
        matches!(refused, Err(Error::CriticalHeader { .. })),
        "{refused:?}"
    );
    assert_eq!(refused.unwrap_err().check(), Some(Check::Status));
    let without_algorithm = resigned(&key, |sign1| sign1.protected.header.alg = None);
    let refused = verified(&without_algorithm, &key);
    assert!(matches!(refused, Err(Error::Algorithm { .. })), "{refused:?}");
}

#[test]
fn each_claim_has_its_type() {
    let key = SigningKey::generate(&mut rand::rng());
    let with = |change: Change| {
        let bytes = resigned(&key, |sign1| {
            let payload = sign1.payload.take().unwrap();
            sign1.payload = Some(changed(&payload, |claims| {
                change(claims.as_map_mut().unwrap());
            }));
        });
        verified(&bytes, &key)
    };
    assert_eq!(with(|_| ()), Ok(claims()));
    let cases: [Change; 9] = [
        |claims| claims.retain(|(key, _)| *key != Value::from(2)),
        |claims| claims.retain(|(key, _)| *key != Value::from(6)),
        |claims| claims.retain(|(key, _)| *key != Value::from(65_533)),
        |claims| replace(claims, 2, Value::from(7)),
        |claims| replace(claims, 4, Value::from("soon")),
        |claims| replace(claims, 6, Value::from(1.5)),
        |claims| replace(claims, 65_534, Value::from(-1)),
        |claims| replace(claims, 65_533, Value::from("list")),
        |claims| replace(claims, 65_533, Value::Map(vec![("bits".into(), 1.into())])),
    ];
    for (number, change) in cases.into_iter().enumerate() {
        let refused = with(change);
        assert!(
            matches!(refused, Err(Error::Malformed { .. })),
            "{number}: {refused:?}"
        );
    }
}

fn replace(claims: &mut [(Value, Value)], label: i64, value: Value) {
    let claim = claims.iter_mut().find(|(key, _)| *key == Value::from(label));
    claim.unwrap().1 = value;
}

#[test]
fn the_length_is_limited() {
    let key = SigningKey::generate(&mut rand::rng());
    let long = StatusListClaims {
        compressed: vec![0; 1024 * 1024],
        ..claims()
    };
    let refused = StatusListCwt::sign(&key, &long, None).map(drop);
    assert!(
        matches!(refused, Err(Error::TooLarge { what: "bytes", .. })),
        "{refused:?}"
    );
    let junk = StatusListCwt::from_slice(&encode(&decode(b"\x83\x01\x02\x03"))).map(drop);
    assert!(matches!(junk, Err(Error::Malformed { .. })), "{junk:?}");
    let empty = StatusListCwt::from_slice(b"").map(drop);
    assert!(matches!(empty, Err(Error::Malformed { .. })), "{empty:?}");
}

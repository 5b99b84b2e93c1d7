//! Rejections of the mobile security object: validity, digests, keys and status.

use std::time::Duration;

use air_mdoc::{Error, Value, Verifier};
use coset::{CborSerializable, CoseSign1};

use super::{is_malformed, rejection};
use crate::support::{ELSEWHERE, NOW, Setup, decode, encode, member, remove, transcript};

#[test]
fn rejects_outside_of_the_validity() {
    let setup = Setup::new();
    let response = setup.response();
    let trusted = setup.trusted();
    let seconds = Duration::from_secs;
    let at = |now, skew| {
        Verifier::new(&trusted)
            .with_skew(seconds(skew))
            .unwrap()
            .verify(&response, &transcript(), now)
            .map(drop)
    };
    let from = NOW.saturating_sub(seconds(60));
    let until = NOW.saturating_add(seconds(86_400));
    assert_eq!(
        at(from.saturating_sub(seconds(31)), 30),
        Err(Error::NotYetValid { ahead: 31 })
    );
    assert_eq!(at(from.saturating_sub(seconds(30)), 30), Ok(()));
    assert_eq!(
        at(from.saturating_sub(seconds(1)), 0),
        Err(Error::NotYetValid { ahead: 1 })
    );
    assert_eq!(at(until.saturating_add(seconds(29)), 30), Ok(()));
    assert_eq!(
        at(until.saturating_add(seconds(30)), 30),
        Err(Error::Expired { ago: 30 })
    );
    assert_eq!(at(until, 0), Err(Error::Expired { ago: 0 }));
    assert!(Verifier::new(&trusted).with_skew(seconds(300)).is_ok());
    let excess = Verifier::new(&trusted).with_skew(seconds(301));
    assert!(matches!(
        excess,
        Err(Error::SkewOutOfRange {
            seconds: 301,
            limit: 300
        })
    ));
}

#[test]
fn rejects_times_that_contradict_each_other() {
    let setup = Setup::new();
    let time = |text: &str| Value::Tag(0, Box::new(text.into()));
    for (name, text, expected) in [
        ("signed", "2027-06-01T00:00:00Z", Error::ValidityOrder),
        ("validUntil", "2000-01-01T00:00:00Z", Error::ValidityOrder),
    ] {
        let bytes = setup.with_mso(|mso| *member(member(mso, "validityInfo"), name) = time(text));
        assert_eq!(rejection(&setup, &bytes), expected, "{name}");
    }
    for value in [
        time("2027-01-01"),
        time("2027-01-01T00:00:00+01:00"),
        "2027-01-01T00:00:00Z".into(),
        1_800_000_000.into(),
    ] {
        let bytes = setup.with_mso(|mso| *member(member(mso, "validityInfo"), "validFrom") = value);
        let expected = Error::Member {
            part: "validityInfo",
            name: "validFrom",
        };
        assert_eq!(rejection(&setup, &bytes), expected);
    }
}

#[test]
fn rejects_mobile_security_objects_that_break_a_rule() {
    let setup = Setup::new();
    for (name, value, rule) in [
        ("version", Value::from("2.0"), "version"),
        ("digestAlgorithm", "SHA-1".into(), "digestAlgorithm"),
        ("digestAlgorithm", "sha-256".into(), "digestAlgorithm"),
    ] {
        let bytes = setup.with_mso(|mso| *member(mso, name) = value);
        let error = rejection(&setup, &bytes);
        assert!(is_malformed(&error, "MobileSecurityObject", rule), "{error}");
    }
    // Digests of 32 bytes are not of SHA-512.
    let bytes = setup.with_mso(|mso| *member(mso, "digestAlgorithm") = "SHA-512".into());
    assert!(is_malformed(
        &rejection(&setup, &bytes),
        "valueDigests",
        "digests"
    ));
    for name in [
        "version",
        "digestAlgorithm",
        "valueDigests",
        "deviceKeyInfo",
        "docType",
        "validityInfo",
    ] {
        let bytes = setup.with_mso(|mso| remove(mso, name));
        let part = "MobileSecurityObject";
        assert_eq!(rejection(&setup, &bytes), Error::Member { part, name });
    }
}

#[test]
fn accepts_longer_digests_with_their_algorithm() {
    use sha2::Digest;
    type Hash = fn(&[u8]) -> Vec<u8>;
    let setup = Setup::new();
    let algorithms: [(&str, Hash); 2] = [
        ("SHA-384", |bytes| sha2::Sha384::digest(bytes).to_vec()),
        ("SHA-512", |bytes| sha2::Sha512::digest(bytes).to_vec()),
    ];
    for (name, digest) in algorithms {
        let issued = setup.credential();
        let bytes = setup.with_document(|document| {
            let signed = member(document, "issuerSigned");
            let mut auth = CoseSign1::from_slice(&encode(member(signed, "issuerAuth"))).unwrap();
            let mut mso = crate::support::embedded(&decode(auth.payload.as_ref().unwrap()));
            *member(&mut mso, "digestAlgorithm") = name.into();
            let digests = issued.namespaces().map(|(namespace, items)| {
                let digests = items
                    .iter()
                    .map(|item| (item.digest_id().into(), Value::Bytes(digest(item.as_bytes()))));
                (namespace.as_str().into(), Value::Map(digests.collect()))
            });
            *member(&mut mso, "valueDigests") = Value::Map(digests.collect());
            auth.payload = Some(encode(&Value::Tag(24, Box::new(Value::Bytes(encode(&mso))))));
            auth.signature = setup.issuer.sign(&auth.tbs_data(&[]));
            let mut fresh = decode(&issued.to_bytes());
            *member(&mut fresh, "issuerAuth") = decode(&auth.to_vec().unwrap());
            *signed = fresh;
        });
        let verified = setup.verify_bytes(&bytes).unwrap();
        assert_eq!(verified[0].mso().digest_algorithm().as_str(), name);
        assert_eq!(verified[0].element(ELSEWHERE, "visits"), Some(&3.into()));
    }
}

#[test]
fn rejects_device_keys_that_are_not_public_keys_on_p256() {
    type Members = Vec<(Value, Value)>;
    let setup = Setup::new();
    let with = |change: &dyn Fn(&mut Members)| {
        setup.with_mso(|mso| {
            let key = member(member(mso, "deviceKeyInfo"), "deviceKey");
            change(key.as_map_mut().unwrap());
        })
    };
    let set = |label: i64, value: Value| {
        with(&|key| {
            key.retain(|(found, _)| *found != label.into());
            key.push((label.into(), value.clone()));
        })
    };
    for bytes in [
        set(1, 1.into()),
        set(-1, 2.into()),
        set(-2, Value::Bytes(vec![1; 31])),
        set(-3, Value::Bytes(vec![1; 32])),
        set(-3, Value::Null),
        set(-4, Value::Bytes(vec![1; 32])),
        with(&Vec::clear),
    ] {
        assert_eq!(rejection(&setup, &bytes), Error::DeviceKey);
    }
    // A compressed point is a key too (RFC 9053, 7.1.1).
    let point = setup.device.verifying_key().to_p256_point().unwrap();
    assert!(setup.verify_bytes(&set(-3, Value::Bool(point[0] == 3))).is_ok());
}

#[test]
fn rejects_status_claims_that_are_malformed_and_reports_unknown_ones() {
    let setup = Setup::new();
    let with = |value: Value| setup.with_mso(|mso| *member(mso, "status") = value);
    let list = |idx: Value, uri: Value| {
        let list = Value::Map(vec![("idx".into(), idx), ("uri".into(), uri)]);
        Value::Map(vec![("status_list".into(), list)])
    };
    for (value, name) in [
        (list((-1).into(), "https://a.example".into()), "idx"),
        (list("1".into(), "https://a.example".into()), "idx"),
        (list(1.into(), "".into()), "uri"),
        (list(1.into(), 1.into()), "uri"),
    ] {
        let expected = Error::Member { part: "status", name };
        assert_eq!(rejection(&setup, &with(value)), expected);
    }
    let other = Value::Map(vec![("identifier_list".into(), Value::Map(vec![]))]);
    let verified = setup.verify_bytes(&with(other)).unwrap();
    assert_eq!(verified[0].status(), Some(&air_mdoc::CredentialStatus::Unknown));
}

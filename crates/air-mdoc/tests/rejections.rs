//! A rejection for each rule of a verifier, with its error and the check that failed.
#![allow(clippy::indexing_slicing, reason = "tests fail by panic")]

use air_jwt::{SigningKey, VerifyingKey};
use air_mdoc::{
    Check, DeviceResponse, Error, IssuerClaim, IssuerSigned, Outcome, UntrustedIssuer, Value, Verifier,
};
use coset::{CborSerializable, CoseSign1, Label, RegisteredLabelWithPrivate, iana};

use crate::support::{
    DOC_TYPE, ELSEWHERE, NAMESPACE, NOW, SIGNER, Setup, change_item, changed, decode, doc_type, encode,
    member, remove, transcript,
};

/// The error of a response, which the check of the report must agree with.
fn rejection(setup: &Setup, bytes: &[u8]) -> Error {
    let response = match DeviceResponse::from_slice(bytes) {
        Ok(response) => response,
        Err(error) => return error,
    };
    let trusted = setup.trusted();
    let outcomes = Verifier::new(&trusted).examine(&response, &transcript(), NOW);
    let mut outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(error) => return error,
    };
    let outcome = outcomes.remove(0);
    let error = outcome.result.unwrap_err();
    let failed: Vec<_> = outcome
        .report
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Failed)
        .map(|(check, _)| check)
        .collect();
    assert_eq!(failed, [error.check().unwrap()]);
    error
}

fn is_malformed(error: &Error, part: &str, rule: &str) -> bool {
    matches!(error, Error::Malformed { part: found, rule: broken } if *found == part && broken.contains(rule))
}

#[test]
fn the_unchanged_response_is_accepted() {
    let setup = Setup::new();
    assert!(setup.verify_bytes(&setup.with_document(|_| {})).is_ok());
    assert!(setup.verify_bytes(&setup.with_mso(|_| {})).is_ok());
    assert!(setup.verify_bytes(&setup.with_issuer_auth(|_| {})).is_ok());
}

#[test]
fn rejects_an_untrusted_issuer_with_its_reason() {
    let setup = Setup::new();
    let trusted = |claim: &IssuerClaim<'_>| -> Result<VerifyingKey, UntrustedIssuer> {
        assert_eq!(claim.certificates.leaf(), SIGNER);
        assert_eq!(claim.doc_type.as_str(), DOC_TYPE);
        assert_eq!(claim.signed, NOW - 60);
        Err(UntrustedIssuer::new("the chain ends at an unknown anchor"))
    };
    let failed = Verifier::new(&trusted).verify(&setup.response(), &transcript(), NOW);
    let error = failed.unwrap_err();
    assert_eq!(error.check(), Some(Check::Issuer));
    assert!(error.to_string().contains("unknown anchor"), "{error}");
}

#[test]
fn rejects_a_signature_by_another_issuer() {
    let setup = Setup::new();
    let other = SigningKey::generate(&mut rand::rng());
    let trusted = air_mdoc::PinnedIssuer::new(other.verifying_key().clone());
    let failed = Verifier::new(&trusted).verify(&setup.response(), &transcript(), NOW);
    assert_eq!(failed.unwrap_err(), Error::IssuerSignature);
}

#[test]
fn rejects_algorithms_other_than_es256() {
    let setup = Setup::new();
    let with = |algorithm: Option<iana::Algorithm>| {
        setup.with_issuer_auth(|signed| {
            signed.protected.header.alg = algorithm.map(RegisteredLabelWithPrivate::Assigned);
        })
    };
    let expected = Error::Algorithm { part: "issuerAuth" };
    for algorithm in [
        None,
        Some(iana::Algorithm::ES384),
        Some(iana::Algorithm::EdDSA),
        Some(iana::Algorithm::RS256),
        Some(iana::Algorithm::HMAC_256_256),
    ] {
        assert_eq!(rejection(&setup, &with(algorithm)), expected, "{algorithm:?}");
    }
    assert!(setup.verify_bytes(&with(Some(iana::Algorithm::ESP256))).is_ok());
    // An algorithm in the unprotected header does not count.
    let unprotected = setup.with_issuer_auth(|signed| {
        signed.unprotected.alg = signed.protected.header.alg.take();
    });
    assert_eq!(rejection(&setup, &unprotected), expected);
}

#[test]
fn rejects_critical_headers() {
    let setup = Setup::new();
    let bytes = setup.with_issuer_auth(|signed| {
        let label = RegisteredLabelWithPrivate::Assigned(iana::HeaderParameter::Alg);
        signed.protected.header.crit = vec![label];
    });
    assert_eq!(
        rejection(&setup, &bytes),
        Error::CriticalHeader { part: "issuerAuth" }
    );
}

#[test]
fn rejects_a_signature_without_certificates() {
    let setup = Setup::new();
    let without = setup.with_issuer_auth(|signed| signed.unprotected.rest.clear());
    assert_eq!(rejection(&setup, &without), Error::CertificatesMissing);
    let protected = setup.with_issuer_auth(|signed| {
        signed.protected.header.rest = std::mem::take(&mut signed.unprotected.rest);
    });
    assert_eq!(rejection(&setup, &protected), Error::CertificatesMissing);
    for value in [
        Value::Array(vec![]),
        Value::Array(vec![1.into()]),
        Value::Text("x".into()),
        Value::Bytes(vec![]),
        Value::Array(vec![Value::Bytes(vec![1]); 9]),
    ] {
        let bytes = setup.with_issuer_auth(|signed| signed.unprotected.rest = vec![(Label::Int(33), value)]);
        assert_eq!(rejection(&setup, &bytes), Error::InvalidCertificates);
    }
}

#[test]
fn rejects_another_document_type() {
    let setup = Setup::new();
    let bytes = setup.with_document(|document| *member(document, "docType") = "org.example.other".into());
    assert_eq!(rejection(&setup, &bytes), Error::DocTypeMismatch);
    let bytes = setup.with_mso(|mso| *member(mso, "docType") = "org.example.other".into());
    assert_eq!(rejection(&setup, &bytes), Error::DocTypeMismatch);

    let trusted = setup.trusted();
    let verifier = Verifier::new(&trusted).requiring_doc_type("org.example.other".parse().unwrap());
    let failed = verifier.verify(&setup.response(), &transcript(), NOW);
    assert_eq!(failed.unwrap_err(), Error::UnexpectedDocType);
    let verifier = verifier.requiring_doc_type(doc_type());
    assert!(verifier.verify(&setup.response(), &transcript(), NOW).is_ok());
}

#[test]
fn rejects_changed_elements() {
    let setup = Setup::new();
    for (name, value) in [
        ("elementValue", Value::from("Byron")),
        ("elementIdentifier", Value::from("given_name")),
        ("random", Value::Bytes(vec![0; 32])),
    ] {
        let bytes = setup.with_document(|document| {
            change_item(document, |item| *member(item, name) = value);
        });
        let error = rejection(&setup, &bytes);
        assert!(
            matches!(&error, Error::DigestMismatch { namespace, .. } if namespace == NAMESPACE),
            "{name}: {error}"
        );
    }
    let bytes = setup.with_document(|document| {
        change_item(document, |item| *member(item, "digestID") = 99.into());
    });
    assert_eq!(
        rejection(&setup, &bytes),
        Error::DigestMissing {
            namespace: NAMESPACE.into(),
            digest_id: 99
        }
    );
}

/// The value is the same, but the digest is over other bytes.
#[test]
fn rejects_another_encoding_of_the_same_element() {
    let setup = Setup::new();
    let bytes = setup.with_document(|document| {
        change_item(document, |item| item.as_map_mut().unwrap().reverse());
    });
    assert!(matches!(rejection(&setup, &bytes), Error::DigestMismatch { .. }));
}

#[test]
fn rejects_an_element_in_another_namespace() {
    let setup = Setup::new();
    let bytes = setup.with_document(|document| {
        let namespaces = member(member(document, "issuerSigned"), "nameSpaces");
        namespaces.as_map_mut().unwrap()[0].0 = "org.example.2".into();
    });
    let error = rejection(&setup, &bytes);
    assert!(
        matches!(&error, Error::DigestMissing { namespace, .. } if namespace == "org.example.2"),
        "{error}"
    );
}

#[test]
fn rejects_an_element_twice() {
    let setup = Setup::new();
    let twice = |change: fn(&mut Value)| {
        setup.with_document(|document| {
            let namespaces = member(member(document, "issuerSigned"), "nameSpaces");
            let items = member(namespaces, NAMESPACE).as_array_mut().unwrap();
            items.push(items[0].clone());
            change_item(document, change);
        })
    };
    let expected = |what| Error::DuplicateElement {
        namespace: NAMESPACE.into(),
        what,
    };
    assert_eq!(
        rejection(&setup, &twice(|item| *member(item, "digestID") = 99.into())),
        expected("identifier")
    );
    assert_eq!(
        rejection(
            &setup,
            &twice(|item| *member(item, "elementIdentifier") = "x".into())
        ),
        expected("digestID")
    );
}

#[test]
fn rejects_short_randomness() {
    let setup = Setup::new();
    for length in [0, 15, 257] {
        let bytes = setup.with_document(|document| {
            change_item(document, |item| {
                *member(item, "random") = Value::Bytes(vec![1; length]);
            });
        });
        let error = rejection(&setup, &bytes);
        assert!(
            is_malformed(&error, "IssuerSignedItem", "16"),
            "{length}: {error}"
        );
    }
}

#[test]
fn rejects_outside_of_the_validity() {
    let setup = Setup::new();
    let response = setup.response();
    let trusted = setup.trusted();
    let at = |now, skew| {
        Verifier::new(&trusted)
            .with_skew(std::time::Duration::from_secs(skew))
            .unwrap()
            .verify(&response, &transcript(), now)
            .map(drop)
    };
    let (from, until) = (NOW - 60, NOW + 86_400);
    assert_eq!(at(from - 31, 30), Err(Error::NotYetValid { ahead: 31 }));
    assert_eq!(at(from - 30, 30), Ok(()));
    assert_eq!(at(from - 1, 0), Err(Error::NotYetValid { ahead: 1 }));
    assert_eq!(at(until + 29, 30), Ok(()));
    assert_eq!(at(until + 30, 30), Err(Error::Expired { ago: 30 }));
    assert_eq!(at(until, 0), Err(Error::Expired { ago: 0 }));
    let excess = Verifier::new(&trusted).with_skew(std::time::Duration::from_secs(301));
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

#[test]
fn rejects_a_device_mac_by_name() {
    let setup = Setup::new();
    let bytes = setup.with_document(|document| {
        let auth = member(member(document, "deviceSigned"), "deviceAuth");
        *auth = Value::Map(vec![("deviceMac".into(), Value::Array(vec![]))]);
    });
    assert_eq!(rejection(&setup, &bytes), Error::DeviceMac);
    for auth in [
        Value::Map(vec![]),
        Value::Map(vec![
            ("deviceMac".into(), Value::Null),
            ("deviceSignature".into(), Value::Null),
        ]),
    ] {
        let bytes = setup.with_document(|document| {
            *member(member(document, "deviceSigned"), "deviceAuth") = auth;
        });
        assert!(is_malformed(
            &rejection(&setup, &bytes),
            "deviceAuth",
            "must have"
        ));
    }
}

/// A change of the device's signature. The signature is computed again for the detached payload.
fn with_device_signature(setup: &Setup, change: impl FnOnce(&mut CoseSign1)) -> Vec<u8> {
    setup.with_document(|document| {
        let auth = member(member(document, "deviceSigned"), "deviceAuth");
        let signature = member(auth, "deviceSignature");
        let mut signed = CoseSign1::from_slice(&encode(signature)).unwrap();
        change(&mut signed);
        signed.protected.original_data = None;
        *signature = decode(&signed.to_vec().unwrap());
    })
}

#[test]
fn rejects_device_signatures_that_break_a_rule() {
    let setup = Setup::new();
    let attached = with_device_signature(&setup, |signed| signed.payload = Some(vec![1]));
    assert!(is_malformed(
        &rejection(&setup, &attached),
        "deviceSignature",
        "detached"
    ));
    let part = "deviceSignature";
    let unsigned = with_device_signature(&setup, |signed| signed.protected.header.alg = None);
    assert_eq!(rejection(&setup, &unsigned), Error::Algorithm { part });
    let critical = with_device_signature(&setup, |signed| {
        signed.protected.header.crit = vec![RegisteredLabelWithPrivate::Text("x".into())];
    });
    assert_eq!(rejection(&setup, &critical), Error::CriticalHeader { part });
    for signature in [vec![], vec![0; 64], vec![1; 63], vec![1; 65]] {
        let bytes = with_device_signature(&setup, |signed| signed.signature = signature);
        assert_eq!(rejection(&setup, &bytes), Error::DeviceSignature);
    }
}

/// The device of another credential, or the signature over other elements.
#[test]
fn rejects_a_device_signature_from_elsewhere() {
    let setup = Setup::new();
    let other = Setup::new().response();
    let bytes = setup.with_document(|document| {
        let mut other = decode(other.as_bytes());
        let theirs = &mut member(&mut other, "documents").as_array_mut().unwrap()[0];
        *member(document, "deviceSigned") = member(theirs, "deviceSigned").clone();
    });
    assert_eq!(rejection(&setup, &bytes), Error::DeviceSignature);

    let elements = Value::Map(vec![("a".into(), Value::Map(vec![("b".into(), 1.into())]))]);
    let bytes = setup.with_document(|document| {
        let namespaces = member(member(document, "deviceSigned"), "nameSpaces");
        *namespaces = Value::Tag(24, Box::new(Value::Bytes(encode(&elements))));
    });
    assert_eq!(rejection(&setup, &bytes), Error::DeviceSignature);
}

#[test]
fn rejects_device_elements_that_the_issuer_did_not_allow() {
    // The wallet signs for a permission that the issuer takes away, and both sign again.
    let setup = Setup::new();
    let options = air_mdoc::IssueOptions {
        key_authorizations: air_mdoc::KeyAuthorizations {
            namespaces: std::collections::BTreeSet::from([ELSEWHERE.parse().unwrap()]),
            ..Default::default()
        },
        ..setup.options()
    };
    let elements = air_mdoc::Elements::new()
        .with(ELSEWHERE, "position", "here")
        .unwrap();
    let response = setup
        .issue(&options, &crate::support::elements())
        .unwrap()
        .present(&[])
        .unwrap()
        .with_device_elements(elements)
        .unwrap()
        .sign(&setup.device, &transcript())
        .unwrap();
    assert!(setup.verify(&response).is_ok());
    let without = setup.credential().present(&[]).unwrap();
    let without = without.sign(&setup.device, &transcript()).unwrap();
    let bytes = changed(response.as_bytes(), |response| {
        let document = &mut member(response, "documents").as_array_mut().unwrap()[0];
        let mut without = decode(without.as_bytes());
        let other = &mut member(&mut without, "documents").as_array_mut().unwrap()[0];
        *member(document, "issuerSigned") = member(other, "issuerSigned").clone();
    });
    assert_eq!(
        rejection(&setup, &bytes),
        Error::NotAuthorized {
            namespace: ELSEWHERE.into(),
            identifier: "position".into()
        }
    );
}

#[test]
fn rejects_responses_that_report_an_error_or_have_no_documents() {
    let setup = Setup::new();
    let with = |change: fn(&mut Value)| changed(setup.response().as_bytes(), change);
    let status = with(|response| *member(response, "status") = 10.into());
    assert_eq!(rejection(&setup, &status), Error::ResponseStatus { status: 10 });
    let none = Error::DocumentCount { count: 0, limit: 16 };
    let empty = with(|response| *member(response, "documents") = Value::Array(vec![]));
    assert_eq!(rejection(&setup, &empty), none);
    assert_eq!(
        rejection(&setup, &with(|response| remove(response, "documents"))),
        none
    );
    let version = with(|response| *member(response, "version") = "1.1".into());
    assert!(is_malformed(
        &rejection(&setup, &version),
        "DeviceResponse",
        "version"
    ));
    for (part, name) in [("DeviceResponse", "status"), ("DeviceResponse", "version")] {
        let bytes = changed(setup.response().as_bytes(), |response| remove(response, name));
        assert_eq!(rejection(&setup, &bytes), Error::Member { part, name });
    }
    for name in ["docType", "issuerSigned", "deviceSigned"] {
        let bytes = setup.with_document(|document| remove(document, name));
        assert_eq!(
            rejection(&setup, &bytes),
            Error::Member {
                part: "Document",
                name
            }
        );
    }
}

#[test]
fn rejects_a_tagged_signature_and_an_empty_namespace() {
    let setup = Setup::new();
    let tagged = setup.with_document(|document| {
        let auth = member(member(document, "issuerSigned"), "issuerAuth");
        *auth = Value::Tag(18, Box::new(auth.clone()));
    });
    assert!(is_malformed(
        &rejection(&setup, &tagged),
        "issuerAuth",
        "untagged"
    ));
    let empty = setup.with_document(|document| {
        let namespaces = member(member(document, "issuerSigned"), "nameSpaces");
        *member(namespaces, NAMESPACE) = Value::Array(vec![]);
    });
    assert!(is_malformed(
        &rejection(&setup, &empty),
        "IssuerSigned",
        "one or more"
    ));
    let detached = setup.with_issuer_auth(|signed| signed.payload = None);
    assert!(is_malformed(
        &rejection(&setup, &detached),
        "issuerAuth",
        "payload"
    ));
}

/// Members of later editions are ignored. What they say is not signed by the issuer.
#[test]
fn ignores_members_that_it_does_not_know() {
    let setup = Setup::new();
    let bytes = setup.with_mso(|mso| mso.as_map_mut().unwrap().push(("later".into(), 1.into())));
    assert!(setup.verify_bytes(&bytes).is_ok());
    let bytes = changed(setup.response().as_bytes(), |response| {
        response.as_map_mut().unwrap().push(("later".into(), 1.into()));
    });
    assert!(setup.verify_bytes(&bytes).is_ok());
}

#[test]
fn rejects_base64url_with_padding_or_other_letters() {
    for text in ["oWE=", "a+b/", "a b", "é"] {
        assert_eq!(
            DeviceResponse::from_base64url(text).unwrap_err(),
            Error::Base64 {
                part: "DeviceResponse"
            }
        );
        assert_eq!(
            IssuerSigned::from_base64url(text).unwrap_err(),
            Error::Base64 { part: "IssuerSigned" }
        );
    }
}

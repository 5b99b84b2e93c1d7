//! Rejections of the device's signature and of the elements that it adds.

use air_mdoc::{Error, Value};
use coset::{CborSerializable, CoseSign1, RegisteredLabelWithPrivate};

use super::{is_malformed, rejection};
use crate::support::{ELSEWHERE, Setup, changed, decode, encode, member, transcript};

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

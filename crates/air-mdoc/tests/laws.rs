//! Properties of issuing, presenting and verifying.
#![allow(clippy::indexing_slicing, reason = "tests fail by panic")]

use std::collections::BTreeMap;

use air_mdoc::{DeviceResponse, Elements, IssuerSigned, Value, VerifiedDocument};
use proptest::prelude::*;

use crate::support::{ELSEWHERE, NAMESPACE, Setup, transcript};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        Just(Value::Null),
        (-1.0e9..1.0e9).prop_map(Value::Float),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("[a-z]{1,5}", inner, 0..4).prop_map(|map| {
                Value::Map(map.into_iter().map(|(key, value)| (key.into(), value)).collect())
            }),
        ]
    })
}

/// Elements by namespace and identifier, and whether each is chosen.
fn chosen_elements() -> impl Strategy<Value = BTreeMap<(String, String), (Value, bool)>> {
    let name = ("[a-c]\\.[a-c]", "\\PC{1,12}");
    proptest::collection::btree_map(name, (values(), any::<bool>()), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A verifier sees exactly the chosen elements, with their values.
    #[test]
    fn a_verifier_sees_what_was_chosen(elements in chosen_elements()) {
        let setup = Setup::new();
        let all = elements.iter().fold(Elements::new(), |all, ((namespace, identifier), (value, _))| {
            all.with(namespace, identifier, value.clone()).unwrap()
        });
        let issued = setup.issue(&setup.options(), &all).unwrap();
        let received = IssuerSigned::from_base64url(&issued.to_base64url()).unwrap();
        let chosen: Vec<_> = elements
            .iter()
            .filter(|(_, (_, is_chosen))| *is_chosen)
            .map(|((namespace, identifier), _)| (namespace.as_str(), identifier.as_str()))
            .collect();
        let response = received.present(&chosen).unwrap().sign(&setup.device, &transcript()).unwrap();
        let verified = setup.verify_bytes(response.as_bytes()).unwrap().remove(0);
        prop_assert_eq!(verified.elements().values().map(BTreeMap::len).sum::<usize>(), chosen.len());
        for (namespace, identifier) in chosen {
            let (value, _) = &elements[&(namespace.to_owned(), identifier.to_owned())];
            prop_assert_eq!(verified.element(namespace, identifier), Some(value));
        }
    }

    /// No bytes make the parsers panic, and nothing but a response is one.
    #[test]
    fn parsers_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(DeviceResponse::from_slice(&bytes).is_err());
        prop_assert!(IssuerSigned::from_slice(&bytes).is_err());
    }

    /// Missing and additional bytes are noticed.
    #[test]
    fn a_response_has_one_length(cut in 1..500_usize, more in proptest::collection::vec(any::<u8>(), 1..5)) {
        let bytes = Setup::new().response().as_bytes().to_vec();
        prop_assert!(DeviceResponse::from_slice(&bytes[..bytes.len() - cut]).is_err());
        prop_assert!(DeviceResponse::from_slice(&[bytes, more].concat()).is_err());
    }
}

/// A change of any byte is rejected, or withholds elements, as the holder can. It never changes or
/// adds an element.
#[test]
fn no_changed_byte_changes_an_element() {
    let setup = Setup::new();
    let response = setup.response();
    let original = setup.verify(&response).unwrap().remove(0);
    let is_weaker = |found: &VerifiedDocument| {
        found.is_holder_bound()
            && found.mso() == original.mso()
            && found.device_elements().is_empty()
            && found.elements().iter().all(|(namespace, elements)| {
                let original = &original.elements()[namespace];
                elements.iter().all(|(id, value)| original.get(id) == Some(value))
            })
    };
    let mut bytes = response.as_bytes().to_vec();
    let mut accepted = Vec::new();
    for place in 0..bytes.len() {
        let change = 1 << (place % 8);
        bytes[place] ^= change;
        if let Ok(found) = setup.verify_bytes(&bytes) {
            assert!(is_weaker(&found[0]), "byte {place}");
            accepted.push(place);
        }
        bytes[place] ^= change;
    }
    // The certificates are the caller's to check, and the member `nameSpaces` may be absent: its
    // name has 11 bytes with its head.
    let is_in_certificate = |place: &usize| {
        let start = response
            .as_bytes()
            .windows(crate::support::SIGNER.len())
            .position(|window| window == crate::support::SIGNER)
            .unwrap();
        (start..start + crate::support::SIGNER.len()).contains(place)
    };
    accepted.retain(|place| !is_in_certificate(place));
    assert!(accepted.len() <= 11, "{accepted:?}");
    assert!(original.element(NAMESPACE, "family_name").is_some());
    assert!(original.element(ELSEWHERE, "visits").is_some());
}

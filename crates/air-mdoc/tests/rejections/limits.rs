//! Both sides of the limits of the mobile security object.

use air_mdoc::{Error, KeyAuthorizations, Value};

use super::rejection;
use crate::support::{Setup, member};

fn too_large(part: &'static str, what: &'static str, limit: usize) -> Error {
    Error::TooLarge { part, what, limit }
}

/// Names of namespaces or elements.
fn names(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|index| format!("name {index}").into())
}

/// A response whose issuer signed digests of further namespaces and elements.
fn with_digests(setup: &Setup, namespaces: usize, digests: usize) -> Vec<u8> {
    setup.with_mso(|mso| {
        let of_namespaces = member(mso, "valueDigests").as_map_mut().unwrap();
        let count = |(_, digests): &(Value, Value)| digests.as_map().unwrap().len();
        let present: usize = of_namespaces.iter().map(count).sum();
        let further = names(namespaces - of_namespaces.len());
        of_namespaces.extend(further.map(|name| (name, Value::Map(Vec::new()))));
        let (_, last) = of_namespaces.last_mut().unwrap();
        let ids = (1_000_000_u64..).map(Value::from).take(digests - present);
        let further = ids.map(|id| (id, Value::Bytes(vec![0; 32])));
        last.as_map_mut().unwrap().extend(further);
    })
}

#[test]
fn rejects_more_than_32_namespaces_and_1024_digests() {
    let setup = Setup::new();
    for (namespaces, digests) in [(32, 100), (3, 1024)] {
        let bytes = with_digests(&setup, namespaces, digests);
        assert!(setup.verify_bytes(&bytes).is_ok(), "{namespaces} {digests}");
    }
    for (namespaces, digests, what, limit) in [(33, 100, "namespaces", 32), (3, 1025, "digests", 1024)] {
        let error = rejection(&setup, &with_digests(&setup, namespaces, digests));
        assert_eq!(error, too_large("valueDigests", what, limit));
    }
}

/// A response whose device key may sign these namespaces, and in others these elements.
fn with_authorizations(setup: &Setup, namespaces: usize, others: usize, elements: usize) -> Vec<u8> {
    setup.with_mso(|mso| {
        let elements = Value::Array(names(elements).collect());
        let authorizations = Value::Map(vec![
            ("nameSpaces".into(), Value::Array(names(namespaces).collect())),
            (
                "dataElements".into(),
                Value::Map(names(others).map(|name| (name, elements.clone())).collect()),
            ),
        ]);
        let info = member(mso, "deviceKeyInfo").as_map_mut().unwrap();
        info.push(("keyAuthorizations".into(), authorizations));
    })
}

#[test]
fn rejects_key_authorizations_beyond_the_limits() {
    let setup = Setup::new();
    for (namespaces, others, elements) in [(16, 16, 1), (0, 1, 1024)] {
        let bytes = with_authorizations(&setup, namespaces, others, elements);
        assert!(
            setup.verify_bytes(&bytes).is_ok(),
            "{namespaces} {others} {elements}"
        );
    }
    for (namespaces, others, elements, what, limit) in
        [(17, 16, 1, "namespaces", 32), (0, 1, 1025, "elements", 1024)]
    {
        let error = rejection(&setup, &with_authorizations(&setup, namespaces, others, elements));
        assert_eq!(error, too_large("keyAuthorizations", what, limit));
    }
}

#[test]
fn a_device_key_may_sign_nothing_by_default() {
    let mut authorizations = KeyAuthorizations::default();
    assert!(authorizations.is_empty());
    authorizations.namespaces.insert("org.example.1".parse().unwrap());
    assert!(!authorizations.is_empty());
}

//! Rejections of data elements and their digests.

use air_mdoc::{Error, Value, Verifier};

use super::{is_malformed, rejection};
use crate::support::{NAMESPACE, NOW, Setup, change_item, doc_type, member, transcript};

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

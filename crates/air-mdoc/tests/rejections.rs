//! A rejection for each rule of a verifier, with its error and the check that failed.
#![allow(clippy::indexing_slicing, reason = "tests fail by panic")]

mod device;
mod elements;
mod issuer;
mod limits;
mod security_object;

use air_mdoc::{DeviceResponse, Error, IssuerSigned, Outcome, Value, Verifier};

use crate::support::{NAMESPACE, NOW, Setup, changed, member, remove, transcript};

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

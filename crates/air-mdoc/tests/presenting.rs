//! Presenting credentials.
#![allow(clippy::indexing_slicing, reason = "tests fail by panic")]

use std::collections::{BTreeMap, BTreeSet};

use air_jwt::SigningKey;
use air_mdoc::{
    Check, DcApiHandover, DeviceResponse, Elements, Error, IssueOptions, KeyAuthorizations, Outcome,
    RedirectHandover, SessionTranscript, Value, Verifier,
};

use crate::support::{ELSEWHERE, NAMESPACE, NOW, Setup, elements, handover, transcript};

#[test]
fn discloses_the_chosen_elements_only() {
    let setup = Setup::new();
    let response = setup.response();
    let read = DeviceResponse::from_base64url(&response.to_base64url()).unwrap();
    assert_eq!(read.as_bytes(), response.as_bytes());
    let documents = setup.verify(&read).unwrap();
    let [document] = documents.as_slice() else {
        unreachable!("one document was presented")
    };
    assert!(document.is_holder_bound());
    let names: Vec<_> = document
        .elements()
        .iter()
        .flat_map(|(namespace, elements)| elements.keys().map(move |id| (namespace.as_str(), id.as_str())))
        .collect();
    assert_eq!(names, [(ELSEWHERE, "visits"), (NAMESPACE, "family_name")]);
    assert!(document.device_elements().is_empty());
    for check in Check::ALL {
        let expected = if check == Check::Status {
            "leftOut"
        } else {
            "passed"
        };
        assert_eq!(document.report().outcome(check).name(), expected, "{check}");
    }
    let portrait = [0xff; 300];
    assert!(!response.as_bytes().windows(300).any(|window| window == portrait));
}

#[test]
fn may_disclose_no_element() {
    let setup = Setup::new();
    let response = setup.credential().present(&[]).unwrap();
    let response = response.sign(&setup.device, &transcript()).unwrap();
    assert!(setup.verify(&response).unwrap()[0].elements().is_empty());
}

#[test]
fn rejects_an_element_that_the_credential_does_not_have() {
    let credential = Setup::new().credential();
    for (namespace, identifier) in [(NAMESPACE, "visits"), ("org.example.2", "visits")] {
        let failed = credential.present(&[(NAMESPACE, "family_name"), (namespace, identifier)]);
        assert_eq!(
            failed.unwrap_err(),
            Error::NoSuchElement {
                namespace: namespace.into(),
                identifier: identifier.into(),
            }
        );
    }
}

#[test]
fn rejects_a_key_that_the_credential_was_not_issued_to() {
    let setup = Setup::new();
    let other = SigningKey::generate(&mut rand::rng());
    let presentation = setup.credential().present(&[]).unwrap();
    let failed = presentation.sign(&other, &transcript());
    assert_eq!(failed.unwrap_err(), Error::WrongDeviceKey);
}

/// A response is for one session: every input of the transcript counts.
#[test]
fn a_response_is_for_its_session_only() {
    let setup = Setup::new();
    let response = setup.response();
    let used = handover();
    let others = [
        RedirectHandover {
            client_id: "x509_san_dns:other.example",
            ..used
        },
        RedirectHandover {
            nonce: "other",
            ..used
        },
        RedirectHandover {
            jwk_thumbprint: None,
            ..used
        },
        RedirectHandover {
            jwk_thumbprint: Some([8; 32]),
            ..used
        },
        RedirectHandover {
            response_uri: "https://verifier.example/other",
            ..used
        },
    ];
    let mut transcripts: Vec<_> = others.iter().map(SessionTranscript::from).collect();
    transcripts.push(SessionTranscript::from(&DcApiHandover {
        origin: "https://verifier.example",
        nonce: used.nonce,
        jwk_thumbprint: used.jwk_thumbprint,
    }));
    let trusted = setup.trusted();
    let verifier = Verifier::new(&trusted);
    for transcript in transcripts {
        let failed = verifier.verify(&response, &transcript, NOW);
        assert_eq!(failed.unwrap_err(), Error::DeviceSignature, "{transcript:?}");
    }
    assert!(verifier.verify(&response, &transcript(), NOW).is_ok());
}

#[test]
fn several_documents_are_accepted_up_to_the_verifiers_limit() {
    let setup = Setup::new();
    let responses = [setup.response(), setup.response()];
    let joined = DeviceResponse::joined(&responses).unwrap();
    assert_eq!(joined.documents().len(), 2);
    let trusted = setup.trusted();
    let verify = |limit| {
        Verifier::new(&trusted)
            .accepting_documents(limit)
            .verify(&joined, &transcript(), NOW)
    };
    assert_eq!(
        verify(1).unwrap_err(),
        Error::DocumentCount { count: 2, limit: 1 }
    );
    assert_eq!(verify(2).unwrap().len(), 2);

    let many = vec![setup.response(); 17];
    assert!(DeviceResponse::joined(&many[..16]).is_ok());
    assert_eq!(
        DeviceResponse::joined(&many).unwrap_err(),
        Error::DocumentCount { count: 17, limit: 16 }
    );
}

/// One document fails, so the response does; the report tells which.
#[test]
fn each_document_has_its_report() {
    let setup = Setup::new();
    let other = Setup::new();
    let transcript_of_other = SessionTranscript::from(&RedirectHandover {
        nonce: "other",
        ..handover()
    });
    let elsewhere = other
        .credential()
        .present(&[])
        .unwrap()
        .sign(&other.device, &transcript_of_other)
        .unwrap();
    let joined = DeviceResponse::joined([&setup.response(), &elsewhere]).unwrap();
    let trusted = setup.trusted();
    let verifier = Verifier::new(&trusted).accepting_documents(2);
    let outcomes = verifier.examine(&joined, &transcript(), NOW).unwrap();
    assert!(outcomes[0].result.is_ok());
    let report = &outcomes[1].report;
    assert_eq!(report.outcome(Check::Validity), Outcome::Passed);
    assert_eq!(report.outcome(Check::DeviceSignature), Outcome::Failed);
    assert_eq!(report.outcome(Check::KeyAuthorizations), Outcome::NotReached);
    assert_eq!(
        verifier.verify(&joined, &transcript(), NOW).unwrap_err(),
        Error::DeviceSignature
    );
}

#[test]
fn the_device_signs_what_the_issuer_allows() {
    let setup = Setup::new();
    let allowed = KeyAuthorizations {
        namespaces: BTreeSet::from(["org.example.device".parse().unwrap()]),
        elements: BTreeMap::from([(
            ELSEWHERE.parse().unwrap(),
            BTreeSet::from(["position".parse().unwrap()]),
        )]),
    };
    let options = IssueOptions {
        key_authorizations: allowed.clone(),
        ..setup.options()
    };
    let issued = setup.issue(&options, &elements()).unwrap();
    assert_eq!(issued.mso().key_authorizations(), &allowed);
    let present = |namespace: &str, identifier: &str| {
        let elements = Elements::new().with(namespace, identifier, "here").unwrap();
        issued.present(&[]).unwrap().with_device_elements(elements)
    };
    for (namespace, identifier) in [("org.example.device", "any"), (ELSEWHERE, "position")] {
        let presentation = present(namespace, identifier).unwrap();
        let response = presentation.sign(&setup.device, &transcript()).unwrap();
        let verified = setup.verify(&response).unwrap();
        let value = &verified[0].device_elements()[namespace][identifier];
        assert_eq!(value, &Value::from("here"));
        assert_eq!(verified[0].element(namespace, identifier), None);
    }
    for (namespace, identifier) in [(ELSEWHERE, "visits"), (NAMESPACE, "position")] {
        assert_eq!(
            present(namespace, identifier).unwrap_err(),
            Error::NotAuthorized {
                namespace: namespace.into(),
                identifier: identifier.into(),
            }
        );
    }
}

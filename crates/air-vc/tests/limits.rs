//! Both sides of limits, and results that no other test reads: mutations of the code that no other test finds.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_vc::{
    Check, Error, Outcome, diagnose,
    did::{DidDocument, FetchFailure},
};
use serde_json::{Value, json};

use crate::{
    did_support::{self, ISSUER, did},
    support::{NOW, Setup, after, challenge, subject},
};

/// The maximum length of a credential.
const LENGTH: usize = 256 * 1024;

#[test]
fn the_largest_skew_is_accepted() {
    let setup = Setup::new();
    let with_skew = |seconds| setup.verifier().with_skew(Duration::from_secs(seconds)).map(drop);
    assert_eq!(with_skew(300), Ok(()));
    let (seconds, limit) = (301, 300);
    assert_eq!(with_skew(301), Err(Error::SkewOutOfRange { seconds, limit }));
}

#[test]
fn the_longest_credential_is_read() {
    let setup = Setup::new();
    let reason = |length| match setup.claims(&"a".repeat(length)) {
        Err(Error::Format { reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(LENGTH), "the form is <JWT>~<disclosure>~…~, in base64url");
    assert_eq!(reason(LENGTH + 1), "it is longer than 256 KiB");
}

#[test]
fn each_check_has_a_name() {
    assert_eq!(
        Check::ALL.map(Check::name),
        [
            "format",
            "issuer",
            "signature",
            "type",
            "disclosures",
            "claims",
            "typeMetadata",
            "validity",
            "keyBinding",
            "status",
        ]
    );
}

#[test]
fn an_outcome_has_the_reason_why_a_check_was_not_made() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.listed(7), &subject()).unwrap();
    let verifier = setup.verifier().without_status();
    let outcome = verifier.examine(credential.as_str(), NOW);
    let reason = |check| outcome.report.outcome(check).reason();
    assert_eq!(reason(Check::Status), Some("the verifier goes without"));
    assert_eq!(reason(Check::Signature), None);
    assert_eq!(
        Outcome::NotNeeded("nothing is there").reason(),
        Some("nothing is there")
    );
    assert_eq!(Outcome::Failed.reason(), None);
    // The credential has the same report.
    assert_eq!(outcome.result.unwrap().report(), &outcome.report);
}

#[test]
fn a_presentation_bound_to_another_time_breaks_a_rule() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let bound = credential
        .present(&[])
        .unwrap()
        .bind(&setup.holder, &challenge(), NOW)
        .unwrap();
    assert!(diagnose(bound.as_str(), after(330)).unwrap().is_empty());
    let broken = diagnose(bound.as_str(), after(331)).unwrap();
    let sections: Vec<_> = broken
        .iter()
        .map(|rule| (rule.specification, rule.section))
        .collect();
    assert_eq!(sections, [("RFC 9901", "7.3")]);
}

#[test]
fn no_two_failures_to_fetch_are_equal() {
    let (one, other) = (FetchFailure::new("timeout"), FetchFailure::new("timeout"));
    let same = &one;
    assert_eq!(&one, same);
    assert_ne!(one, other);
}

#[test]
fn a_skipped_key_has_its_reason() {
    let key = did_support::key("k");
    let reason = |member: &str, value: Value| {
        let mut jwk = serde_json::to_value(key.public_jwk()).unwrap();
        jwk[member] = value;
        let method = json!({ "id": "#k", "type": "JsonWebKey", "controller": ISSUER, "publicKeyJwk": jwk });
        let document = json!({ "id": ISSUER, "verificationMethod": [method] }).to_string();
        let document = DidDocument::from_slice(document.as_bytes(), &did(ISSUER)).unwrap();
        document.skipped()[0].reason
    };
    let private = reason("d", json!("AQAB"));
    assert!(private.starts_with("it has a private member"), "{private}");
    assert_eq!(
        reason("crv", json!("P-384")),
        "its key is neither of P-256 nor of RSA"
    );
    assert_eq!(
        reason("alg", json!("RS256")),
        "its key can't be read, or is not for signatures with ES256 or RS256"
    );
}

#[cfg(feature = "bitstring")]
mod w3c {
    use air_vc::{
        Check, Error, Format, Issuer, Outcome, Verifier,
        status::{
            BitstringStatusList, BitstringStatusListCredential, BitstringStatusListEntry,
            BitstringStatusListOptions, BitstringStatusListVerifier, MINIMUM_ENTRIES, StatusBits,
            StatusPurpose,
        },
        w3c::W3cIssueOptions,
    };

    use serde_json::json;

    use super::LENGTH;
    use crate::support::{ISS, NOW, Setup, after, before, subject, with_proof};

    const LIST: &str = "https://issuer.example/bitstring/1";

    fn issue(setup: &Setup, options: &W3cIssueOptions) -> String {
        let issuer = Issuer::new(ISS, &setup.key);
        issuer.issue_w3c(options, &subject()).unwrap().into_string()
    }

    /// Options with an entry in each of these lists.
    fn listed<'a>(lists: impl IntoIterator<Item = &'a str>) -> W3cIssueOptions {
        let entry = |list| BitstringStatusListEntry::new(StatusPurpose::Revocation, list, 7);
        W3cIssueOptions {
            types: vec!["KycIdentity".into()],
            statuses: lists.into_iter().map(entry).collect(),
            valid_from: NOW,
            ..W3cIssueOptions::default()
        }
    }

    #[test]
    fn the_longest_document_with_a_proof_is_read() {
        let setup = Setup::new();
        let method = format!("{ISS}#{}", setup.key.kid());
        let document = issue(&setup, &with_proof(&listed([]), &method));
        let rest = " ".repeat(LENGTH - document.len());
        let longest = document + &rest;
        let verifier = setup.verifier().with_format(Format::W3cDataIntegrity);
        assert!(verifier.verify(&longest, NOW).is_ok());
        let refused = verifier.verify(&format!("{longest} "), NOW).unwrap_err();
        assert_eq!(refused.check(), Some(Check::Format));
    }

    fn refusal(verifier: Verifier<'_>, token: &str) -> Error {
        verifier
            .with_format(Format::W3cJwt)
            .verify(token, NOW)
            .unwrap_err()
    }

    #[test]
    fn a_credential_has_at_most_sixteen_statuses() {
        let setup = Setup::new();
        let most = issue(&setup, &listed([LIST; 16]));
        assert_eq!(
            refusal(setup.verifier(), &most),
            Error::StatusNotKnown { uri: LIST.into() }
        );
        let more = issue(&setup, &listed([LIST; 17]));
        let refused = refusal(setup.verifier(), &more);
        assert!(matches!(refused, Error::MalformedStatus { .. }), "{refused}");
    }

    #[test]
    fn the_first_list_that_is_missing_is_named() {
        let setup = Setup::new();
        let token = issue(&setup, &listed([LIST, "https://issuer.example/bitstring/2"]));
        assert_eq!(
            refusal(setup.verifier(), &token),
            Error::StatusNotKnown { uri: LIST.into() }
        );
    }

    #[test]
    fn a_credential_with_a_proof_of_another_suite_names_its_lists() {
        let setup = Setup::new();
        let entry = BitstringStatusListEntry::new(StatusPurpose::Revocation, LIST, 7);
        let document = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential", "KycIdentity"],
            "issuer": ISS,
            "credentialSubject": { "isOver18": true },
            "credentialStatus": entry.to_value(),
            "proof": {
                "type": "DataIntegrityProof",
                "cryptosuite": "example-suite",
                "proofPurpose": "assertionMethod",
                "proofValue": "z1",
            },
        })
        .to_string();
        let verifier = setup.verifier();
        let lists = verifier.named_lists_of_embedded_proof(&document, |_| Ok(Outcome::Passed));
        let lists = lists.unwrap().bitstring;
        let urls: Vec<_> = lists.iter().map(BitstringStatusListVerifier::url).collect();
        assert_eq!(urls, [LIST]);
        let refused = verifier.named_lists_of_embedded_proof(&document, |_| Err(Error::ProofKeyUnknown));
        assert_eq!(refused.unwrap_err(), Error::ProofKeyUnknown);
    }

    #[test]
    fn a_list_is_fetched_again_before_its_end() {
        let setup = Setup::new();
        let list =
            BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, MINIMUM_ENTRIES).unwrap();
        let verified = |valid_until, ttl| {
            let options = BitstringStatusListOptions {
                issuer: ISS.into(),
                valid_from: Some(before(60)),
                valid_until,
                ttl,
            };
            let signed = BitstringStatusListCredential::sign(&setup.key, LIST, &list, &options);
            let verifier = BitstringStatusListVerifier::new(ISS, &setup.keys, LIST);
            verifier.verify(signed.as_str(), NOW).unwrap()
        };
        let until = Some(after(600));
        assert_eq!(verified(until, None).refetch_after(after(10)), 590);
        assert_eq!(verified(None, None).refetch_after(after(10)), 290);
        assert_eq!(verified(until, None).refetch_after(after(601)), 0);
    }
}

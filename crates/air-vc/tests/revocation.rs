//! A verifier's use of status lists.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::SigningKey;
use air_vc::{
    Check, Error, Issuer, Outcome, Verifier,
    status::{Status, StatusListVerifier, VerifiedStatusList},
};
use serde_json::json;

use crate::support::{self, ISS, NOW, STATUS_URI, Setup, VCT, after, subject};

fn failed(setup: &Setup, compact: &str) -> Option<Check> {
    setup.claims(compact).unwrap_err().check()
}

fn list_with(setup: &Setup, statuses: &[(u64, Status)]) -> VerifiedStatusList {
    let statuses: Vec<_> = statuses
        .iter()
        .map(|(index, status)| (*index, status.value()))
        .collect();
    support::status_list(setup, &statuses)
}

#[test]
fn refuses_what_was_revoked_suspended_or_has_a_status_without_a_meaning() {
    let setup = Setup::new();
    let lists = [list_with(
        &setup,
        &[
            (1, Status::Invalid),
            (2, Status::Suspended),
            (3, Status::ApplicationSpecific(3)),
        ],
    )];
    let verify = |index| {
        let credential = setup.issue(&setup.listed(index), &subject()).unwrap();
        setup
            .verifier()
            .with_status_lists(&lists)
            .verify(credential.as_str(), NOW)
            .map(drop)
    };
    assert_eq!(verify(0), Ok(()));
    assert_eq!(verify(1), Err(Error::Revoked));
    assert_eq!(verify(2), Err(Error::Suspended));
    assert_eq!(verify(3), Err(Error::UnknownStatus { status: 3 }));
    assert_eq!(verify(999), Ok(()));
    assert_eq!(
        verify(1000),
        Err(Error::StatusIndexOutOfRange {
            index: 1000,
            entries: 1000
        })
    );
}

#[test]
fn without_a_fresh_list_a_listed_credential_is_not_accepted() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.listed(7), &subject()).unwrap();
    let unknown = || {
        Err(Error::StatusNotKnown {
            uri: STATUS_URI.into(),
        })
    };
    let verify = |verifier: Verifier<'_>, now| verifier.verify(credential.as_str(), now).map(drop);
    assert_eq!(verify(setup.verifier(), NOW), unknown());
    let lists = [list_with(&setup, &[])];
    assert_eq!(
        verify(setup.verifier().with_status_lists(&lists), after(59)),
        Ok(())
    );
    assert_eq!(
        verify(setup.verifier().with_status_lists(&lists), after(60)),
        unknown()
    );

    let named = setup.verifier().named_lists(credential.as_str()).unwrap();
    assert_eq!(named.token.unwrap().uri(), STATUS_URI);
    let named = setup.verifier().named_lists(setup.credential().as_str()).unwrap();
    assert!(named.token.is_none());
    #[cfg(feature = "bitstring")]
    assert!(named.bitstring.is_empty());
    let left_out = setup
        .verifier()
        .without_status()
        .examine(credential.as_str(), NOW);
    assert!(left_out.result.is_ok());
    assert!(matches!(
        left_out.report.outcome(Check::Status),
        Outcome::LeftOut(_)
    ));
}

#[test]
fn only_the_issuers_signature_names_a_list_to_fetch() {
    let setup = Setup::new();
    let mallory = SigningKey::generate(&mut rand::rng());
    let forged = Issuer::new(ISS, &mallory)
        .issue(&setup.listed(7), &subject(), &mut rand::rng())
        .unwrap();
    assert!(setup.verifier().named_lists(forged.as_str()).is_err());
}

#[test]
fn a_list_says_nothing_of_another_issuers_credentials() {
    let (setup, other) = (Setup::new(), Setup::new());
    let credential = setup.issue(&setup.listed(7), &subject()).unwrap();
    let list = StatusListVerifier::new("https://other.example", &other.keys, STATUS_URI);
    let lists = [list.verify(&support::status_token(&other, &[]), NOW).unwrap()];
    let verifier = setup
        .verifier()
        .trusting("https://other.example", &other.keys)
        .with_status_lists(&lists);
    let refusal = verifier.verify(credential.as_str(), NOW).unwrap_err();
    assert_eq!(
        refusal,
        Error::StatusNotKnown {
            uri: STATUS_URI.into()
        }
    );

    // The issuer's own list, verified by the list verifier that the credential names.
    let list = verifier.named_lists(credential.as_str()).unwrap().token.unwrap();
    assert!(list.verify(&support::status_token(&other, &[]), NOW).is_err());
    let lists = [list.verify(&support::status_token(&setup, &[]), NOW).unwrap()];
    let verifier = verifier.clone().with_status_lists(&lists);
    assert!(verifier.verify(credential.as_str(), NOW).is_ok());
}

#[test]
fn a_list_that_is_read_within_the_skew_is_used() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.listed(7), &subject()).unwrap();
    let verify_at = |now| {
        let list = StatusListVerifier::new(ISS, &setup.keys, STATUS_URI);
        let lists = [list.verify(&support::status_token(&setup, &[(7, 1)]), now)?];
        let verifier = setup.verifier().with_status_lists(&lists);
        verifier.verify(credential.as_str(), now).map(drop)
    };
    assert_eq!(verify_at(after(629)), Err(Error::Revoked));
    assert_eq!(verify_at(after(630)), Err(Error::StatusListExpired { ago: 30 }));
}

#[test]
fn refuses_a_status_of_a_mechanism_that_is_not_read() {
    let setup = Setup::new();
    for status in [
        json!({ "other_list": {} }),
        json!({ "status_list": { "idx": -1, "uri": "u" } }),
    ] {
        let compact = setup.forge(
            "dc+sd-jwt",
            &json!({ "iss": ISS, "vct": VCT, "status": status }),
            &[],
        );
        assert_eq!(failed(&setup, &compact), Some(Check::Status), "{status}");
    }
}

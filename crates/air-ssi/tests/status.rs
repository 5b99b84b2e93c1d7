//! Bitstring Status Lists.

use air_jwt::{JwkSet, SigningKey};
use air_ssi::{Error, Suite};
use air_vc::{
    Check, Outcome,
    status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListEntry,
        BitstringStatusListOptions, StatusBits, StatusPurpose,
    },
    w3c::W3cIssueOptions,
};
use serde_json::Value;

use crate::support::{ISS, NOW, Setup, options, paths, subject};

const URL: &str = "https://issuer.example/status/3";
const REVOKED: u64 = 94_567;

/// A credential with this entry, as its holder shows it.
fn shown_with(setup: &Setup, suite: Suite, index: u64) -> String {
    let entry = BitstringStatusListEntry::new(StatusPurpose::Revocation, URL, index);
    let options = W3cIssueOptions {
        statuses: vec![entry],
        ..options()
    };
    let issued = setup
        .issuer()
        .issue(&setup.terms(), &options, &subject())
        .unwrap();
    if suite.is_selective() {
        let presented = issued.present(&setup.contexts, setup.key.public(), &paths(&["isOver18"]));
        presented.unwrap().into_string()
    } else {
        issued.into_string()
    }
}

#[test]
fn a_status_is_checked_in_the_issuers_list() {
    let key = SigningKey::generate(&mut rand::rng());
    let set = JwkSet::from(key.public_jwk());
    let mut list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 0).unwrap();
    list.set(REVOKED, 1).unwrap();
    let list_options = BitstringStatusListOptions {
        issuer: ISS.into(),
        valid_from: Some(NOW),
        ttl: Some(100),
        ..BitstringStatusListOptions::default()
    };
    let published = BitstringStatusListCredential::sign(&key, URL, &list, &list_options);
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        for (index, is_revoked) in [(REVOKED, true), (REVOKED + 1, false)] {
            let shown = shown_with(&setup, suite, index);
            let unknown = setup.verifier().verify(&shown, NOW);
            assert!(
                matches!(
                    unknown,
                    Err(Error::Credential(air_vc::Error::StatusNotKnown { .. }))
                ),
                "{suite}"
            );
            let verifier = setup.verifier().with_checks(|checks| checks.trusting(ISS, &set));
            let named = verifier.named_lists(&shown).unwrap();
            assert_eq!(named.bitstring.len(), 1);
            let lists = [named.bitstring[0].verify(published.as_str(), NOW).unwrap()];
            let verifier = verifier.with_checks(|checks| checks.with_bitstring_status_lists(&lists));
            let examined = verifier.examine(&shown, NOW);
            let expected = if is_revoked {
                Outcome::Failed
            } else {
                Outcome::Passed
            };
            assert_eq!(examined.report.outcome(Check::Status), expected, "{suite}");
            assert_eq!(examined.result.is_err(), is_revoked, "{suite}");
        }
    }
}

/// JSON-LD reads the URL of a term as the term, so the proof of a hidden status verifies.
#[test]
fn a_status_under_another_name_is_refused() {
    for suite in Suite::ALL {
        let setup = Setup::new(suite);
        let mut shown: Value = serde_json::from_str(&shown_with(&setup, suite, REVOKED)).unwrap();
        let members = shown.as_object_mut().unwrap();
        let status = members.remove("credentialStatus").unwrap();
        let name = "https://www.w3.org/2018/credentials#credentialStatus";
        members.insert(name.to_owned(), status);
        let verified = setup.verifier().verify(&shown.to_string(), NOW);
        assert!(matches!(verified, Err(Error::Format { .. })), "{suite}");
    }
}

#[test]
fn a_credential_whose_proof_is_refused_names_no_list() {
    let setup = Setup::new(Suite::EddsaRdfc2022);
    let mut shown = setup.shown();
    assert!(
        setup
            .verifier()
            .named_lists(&shown.to_string())
            .unwrap()
            .bitstring
            .is_empty()
    );
    shown["credentialStatus"] = BitstringStatusListEntry::new(StatusPurpose::Revocation, URL, 1).to_value();
    assert!(matches!(
        setup.verifier().named_lists(&shown.to_string()),
        Err(Error::BadProof)
    ));
}

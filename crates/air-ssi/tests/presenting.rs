//! Presentations disclose the chosen claims, and what the issuer always shows.

use air_ssi::{Error, ProofTerms, Suite, W3cCredential};
use air_vc::{Check, Outcome, w3c::W3cIssueOptions};
use serde_json::{Value, json};

use crate::support::{NOW, Setup, object, options, paths, subject};

const SELECTIVE: [Suite; 2] = [Suite::EcdsaSd2023, Suite::Bbs2023];

/// The text of a presentation without its proof's value, whose base64url may contain any short
/// text.
fn without_proof_value(shown: &Value) -> String {
    let mut shown = shown.clone();
    shown["proof"]
        .as_object_mut()
        .unwrap()
        .remove("proofValue")
        .unwrap();
    shown.to_string()
}

fn present(setup: &Setup, credential: &W3cCredential, claims: &[&str]) -> Value {
    let presented = credential.present(&setup.contexts, setup.key.public(), &paths(claims));
    serde_json::from_str(presented.unwrap().as_str()).unwrap()
}

#[test]
fn a_presentation_shows_the_chosen_claims_only() {
    for suite in SELECTIVE {
        let setup = Setup::new(suite);
        let credential = setup.issue(&subject()).unwrap();
        let shown = present(&setup, &credential, &["isOver18", "riskScore"]);
        let verified = setup.examine(&shown).result.unwrap();
        let expected = json!({ "isOver18": true, "riskScore": 12 });
        assert_eq!(verified.subject(), &object(&expected), "{suite}");
        assert!(!without_proof_value(&shown).contains("Ada"));
    }
}

#[test]
fn claims_that_the_issuer_always_shows_are_in_each_presentation() {
    for suite in SELECTIVE {
        let setup = Setup::new(suite);
        let terms = ProofTerms {
            always_visible: paths(&["riskScore"]),
            ..setup.terms()
        };
        let options = W3cIssueOptions {
            valid_until: Some(NOW.saturating_add(std::time::Duration::from_hours(24))),
            ..options()
        };
        let credential = setup.issuer().issue(&terms, &options, &subject()).unwrap();
        let shown = present(&setup, &credential, &["isOver18"]);
        assert_eq!(shown["credentialSubject"]["riskScore"], 12, "{suite}");
        assert_eq!(shown["validUntil"], "2027-01-16T00:00:00Z", "{suite}");
        setup.examine(&shown).result.unwrap();
        for member in ["validUntil", "validFrom"] {
            let mut without = shown.clone();
            without.as_object_mut().unwrap().remove(member);
            let refused = setup.examine(&without).result;
            assert!(matches!(refused, Err(Error::BadProof)), "{suite}: {member}");
        }
        let mut without = shown.clone();
        let claims = without["credentialSubject"].as_object_mut().unwrap();
        claims.remove("riskScore");
        assert!(setup.examine(&without).result.is_err(), "{suite}");
    }
}

#[test]
fn a_claim_that_is_asked_for_must_be_disclosed() {
    let setup = Setup::new(Suite::Bbs2023);
    let credential = setup.issue(&subject()).unwrap();
    let shown = present(&setup, &credential, &["isOver18"]).to_string();
    let verifier = setup
        .verifier()
        .with_checks(|checks| checks.requiring_claims(paths(&["givenName"])));
    let examined = verifier.examine(&shown, NOW);
    assert_eq!(examined.report.outcome(Check::Disclosures), Outcome::Passed);
    assert_eq!(examined.report.outcome(Check::Claims), Outcome::Failed);
}

#[test]
fn parts_of_two_credentials_do_not_verify_together() {
    for suite in SELECTIVE {
        let setup = Setup::new(suite);
        let other = object(&json!({
            "givenName": "Eve", "riskScore": 99, "ratio": 0.5, "isOver18": false, "birthDate": "2015-01-01",
        }));
        let (adas, eves) = (setup.issue(&subject()).unwrap(), setup.issue(&other).unwrap());
        let mut mixed = present(&setup, &eves, &["givenName", "isOver18"]);
        let shown = present(&setup, &adas, &["givenName", "isOver18"]);
        mixed["credentialSubject"]["isOver18"] = shown["credentialSubject"]["isOver18"].clone();
        assert!(setup.examine(&mixed).result.is_err(), "{suite}");
        let mut mixed = present(&setup, &eves, &["givenName", "isOver18"]);
        mixed["proof"] = shown["proof"].clone();
        assert!(setup.examine(&mixed).result.is_err(), "{suite}");
    }
}

#[test]
fn each_wrong_request_has_its_error() {
    let setup = Setup::new(Suite::Bbs2023);
    let credential = setup.issue(&subject()).unwrap();
    let (contexts, key) = (&setup.contexts, setup.key.public());
    assert!(matches!(
        credential.present(contexts, key, &paths(&["nickName"])),
        Err(Error::NoSuchClaim { path }) if path == "nickName"
    ));
    let wrong = Setup::new(Suite::EddsaRdfc2022);
    assert!(matches!(
        credential.present(contexts, wrong.key.public(), &paths(&["isOver18"])),
        Err(Error::WrongKeyType { .. })
    ));
    let presented = credential.present(contexts, key, &paths(&["isOver18"])).unwrap();
    let again = W3cCredential::parse(presented.as_str()).unwrap();
    assert!(matches!(
        again.present(contexts, key, &paths(&["isOver18"])),
        Err(Error::Format { .. })
    ));
    let whole = wrong.issue(&subject()).unwrap();
    assert!(matches!(
        whole.present(contexts, wrong.key.public(), &paths(&["isOver18"])),
        Err(Error::NotSelective { .. })
    ));
    let terms = ProofTerms {
        always_visible: paths(&["isOver18"]),
        ..wrong.terms()
    };
    assert!(matches!(
        wrong.issuer().issue(&terms, &options(), &subject()),
        Err(Error::NotSelective { .. })
    ));
    for bad in ["", "{}", r#"{"proof":[]}"#, &" ".repeat(256 * 1024 + 1)] {
        assert!(W3cCredential::parse(bad).is_err());
    }
}

#[test]
fn a_credential_is_not_a_presentation() {
    for suite in SELECTIVE {
        let setup = Setup::new(suite);
        let credential = setup.issue(&subject()).unwrap();
        let shown = setup.verifier().verify(credential.as_str(), NOW);
        assert!(matches!(shown, Err(Error::NotDerived)), "{suite}");
    }
}

/// The statements about a node with `id` are sorted before those about nodes without.
#[test]
fn a_subject_may_have_an_id_in_a_credential_without_one() {
    for suite in SELECTIVE {
        let setup = Setup::new(suite);
        let with_holder = W3cIssueOptions {
            holder: Some("did:example:ada".into()),
            ..options()
        };
        let credential = setup
            .issuer()
            .issue(&setup.terms(), &with_holder, &subject())
            .unwrap();
        let shown = present(&setup, &credential, &["isOver18"]);
        assert_eq!(shown["credentialSubject"]["id"], "did:example:ada");
        assert!(setup.examine(&shown).result.is_ok(), "{suite}");
    }
}

#[test]
fn a_presentation_is_verified_before_it_is_shown() {
    for suite in SELECTIVE {
        let setup = Setup::new(suite);
        let credential = setup.issue(&subject()).unwrap();
        let other = match suite {
            Suite::Bbs2023 => air_ssi::IssuerKey::bbs(&[8; 32]).unwrap(),
            _ => Setup::new(suite).key,
        };
        let presented = credential.present(&setup.contexts, other.public(), &paths(&["isOver18"]));
        assert!(matches!(presented, Err(Error::BadProof)), "{suite}");
    }
}

#[test]
fn a_presentation_for_one_challenge_is_refused_for_another() {
    let setup = Setup::new(Suite::Bbs2023);
    let credential = setup.issue(&subject()).unwrap();
    let claims = paths(&["isOver18"]);
    let (contexts, key) = (&setup.contexts, setup.key.public());
    let shown = credential
        .present_for(contexts, key, &claims, b"nonce-1")
        .unwrap();
    let verify = |text: &str, challenge: &[u8]| {
        let verifier = setup.verifier().requiring_challenge(challenge);
        verifier.verify(text, NOW).map(drop)
    };
    verify(shown.as_str(), b"nonce-1").unwrap();
    assert!(matches!(
        verify(shown.as_str(), b"nonce-2"),
        Err(Error::WrongChallenge)
    ));
    let unbound = credential.present(contexts, key, &claims).unwrap();
    assert!(matches!(
        verify(unbound.as_str(), b"nonce-1"),
        Err(Error::WrongChallenge)
    ));
    let large = credential.present_for(contexts, key, &claims, &[0; 1025]);
    assert!(matches!(large, Err(Error::TooLarge { .. })));

    let other = Setup::new(Suite::EcdsaSd2023);
    let credential = other.issue(&subject()).unwrap();
    let refused = credential.present_for(&other.contexts, other.key.public(), &claims, b"nonce-1");
    assert!(matches!(refused, Err(Error::NoChallenge { .. })));
    let shown = present(&other, &credential, &["isOver18"]).to_string();
    let verifier = other.verifier().requiring_challenge(b"nonce-1");
    assert!(matches!(verifier.verify(&shown, NOW), Err(Error::WrongChallenge)));
}

//! Proofs of suites that another crate implements.

use std::cell::Cell;

use air_vc::{Check, Error, Outcome, VerificationOutcome, Verifier, w3c::EmbeddedProof};
use serde_json::{Value, json};

use crate::support::{ISS, NOW, Setup};

fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "KycIdentity"],
        "issuer": ISS,
        "credentialSubject": { "isOver18": true },
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "example-suite",
            "proofPurpose": "assertionMethod",
            "proofValue": "z1",
        },
    })
}

fn examine(
    document: &Value,
    issuer: &str,
    check: impl FnOnce(EmbeddedProof<'_>) -> Result<Outcome, Error>,
) -> VerificationOutcome {
    let keys = Setup::new().keys;
    Verifier::new(issuer, &keys)
        .requiring_type("KycIdentity")
        .examine_embedded_proof(&document.to_string(), NOW, check)
}

#[test]
fn the_caller_checks_the_proof_and_the_verifier_everything_else() {
    let outcome = examine(&credential(), ISS, |proof| {
        assert_eq!(proof.issuer, ISS);
        assert_eq!(proof.proof["cryptosuite"], "example-suite");
        assert!(!proof.document.contains_key("proof"));
        Ok(Outcome::Passed)
    });
    assert_eq!(outcome.report.outcome(Check::Disclosures), Outcome::Passed);
    assert_eq!(outcome.result.unwrap().subject()["isOver18"], true);

    let mut other = credential();
    other["type"] = json!(["VerifiableCredential"]);
    let outcome = examine(&other, ISS, |_| Ok(Outcome::Passed));
    assert_eq!(outcome.report.outcome(Check::Signature), Outcome::Passed);
    assert_eq!(outcome.result.unwrap_err(), Error::WrongType);
}

#[test]
fn a_refused_proof_fails_the_check_that_its_error_belongs_to() {
    let outcome = examine(&credential(), ISS, |_| Err(Error::ProofKeyUnknown));
    assert_eq!(outcome.report.outcome(Check::Signature), Outcome::Failed);
    assert_eq!(outcome.report.outcome(Check::Type), Outcome::NotReached);
    assert_eq!(outcome.result.unwrap_err(), Error::ProofKeyUnknown);
}

#[test]
fn the_proof_of_an_untrusted_issuer_is_not_checked() {
    let called = Cell::new(false);
    let outcome = examine(&credential(), "https://other.example", |_| {
        called.set(true);
        Ok(Outcome::Passed)
    });
    assert_eq!(outcome.result.unwrap_err(), Error::UntrustedIssuer);
    assert!(!called.get());
}

#[test]
fn the_period_of_the_proof_limits_the_credential() {
    let mut expired = credential();
    expired["proof"]["expires"] = json!("2000-01-01T00:00:00Z");
    let outcome = examine(&expired, ISS, |_| Ok(Outcome::Passed));
    assert_eq!(outcome.report.outcome(Check::Validity), Outcome::Failed);
}

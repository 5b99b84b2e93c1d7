//! Signing with a key that lives elsewhere.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{path::PathBuf, process::Command};

use air_jwt::{Algorithm, Error, JwkSet, Kid, PartnerToken, Signer, SignerError, SigningKey, Verifier};

use crate::times::NOW;

/// Cargo builds the examples beside the tests.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/remote_signer")
}

#[test]
fn the_example_signs_through_another_process() {
    let output = Command::new(example()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.starts_with("signed elsewhere with "), "{said}");
}

#[tokio::test]
async fn a_key_in_memory_is_a_signer_too() {
    let key = SigningKey::generate(&mut rand::rng());
    let token = PartnerToken::issue("p".parse().unwrap())
        .sign_with(&key, NOW)
        .await
        .unwrap();
    let keys = JwkSet::from(key.public_jwk());
    assert!(Verifier::new(&keys).verify(token.expose_secret(), NOW).is_ok());
}

struct Broken(Kid);

impl Signer for Broken {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn kid(&self) -> &Kid {
        &self.0
    }

    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerError::new("secret-in-the-cause"))
    }
}

#[tokio::test]
async fn a_signers_failure_is_told_without_its_cause() {
    let broken = Broken("k".parse().unwrap());
    let refusal = PartnerToken::issue("p".parse().unwrap())
        .sign_with(&broken, NOW)
        .await
        .unwrap_err();
    assert!(matches!(refusal, Error::Signer(_)));
    assert!(!refusal.to_string().contains("secret"), "{refusal}");
    assert!(std::error::Error::source(&refusal).is_some());
}

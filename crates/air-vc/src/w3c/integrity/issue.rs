//! Issuing with a proof inside.

use std::fmt;

use air_jwt::{Algorithm, Signer};
use serde_json::{Map, Value, json};

use super::{PROOF_TYPE, PURPOSE, SUITE, hash_data};
use crate::{Error, Issuer, data_model::date_time, issue::check_length, w3c::W3cIssueOptions};

/// A W3C credential with a Data Integrity proof. Personal data, so `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ProofCredential(Map<String, Value>);

impl ProofCredential {
    /// The document, with its proof.
    #[must_use]
    pub fn document(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!(self.0).to_string()
    }
}

impl Issuer<'_> {
    /// Issues a W3C credential with an `ecdsa-jcs-2019` proof. `verification_method` is the key's name as the issuer's document
    /// has it (`did:web:issuer.example#key-1`); the proof is dated `options.valid_from`. Validate the subject before.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`]; [`Error::NotForProofs`] for an RSA key; [`Error::InexactNumber`] for a number that a reader may round;
    /// [`Error::SubjectTooLarge`].
    pub fn issue_data_integrity(
        &self,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
        verification_method: &str,
    ) -> Result<ProofCredential, Error> {
        check_algorithm(self.key().algorithm())?;
        let unsigned = Unsigned::of(self.w3c_document(options, subject)?, options, verification_method)?;
        let signature = self.key().sign(&unsigned.hash_data);
        unsigned.with_signature(&signature)
    }
}

impl<K: Signer> Issuer<'_, K> {
    /// As [`Issuer::issue_data_integrity`], with a key that lives elsewhere.
    ///
    /// # Errors
    /// As [`Issuer::issue_data_integrity`], and [`Error::Signer`].
    pub async fn issue_data_integrity_with(
        &self,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
        verification_method: &str,
    ) -> Result<ProofCredential, Error> {
        check_algorithm(self.key().algorithm())?;
        let unsigned = Unsigned::of(self.w3c_document(options, subject)?, options, verification_method)?;
        let signature = self.key().sign(&unsigned.hash_data).await?;
        unsigned.with_signature(&signature)
    }
}

fn check_algorithm(algorithm: Algorithm) -> Result<(), Error> {
    if algorithm == Algorithm::Es256 {
        Ok(())
    } else {
        Err(Error::NotForProofs)
    }
}

/// A document and the options of its proof, ready to be signed (3.3.1).
struct Unsigned {
    document: Map<String, Value>,
    proof: Map<String, Value>,
    hash_data: [u8; 64],
}

impl Unsigned {
    fn of(
        document: Map<String, Value>,
        options: &W3cIssueOptions,
        verification_method: &str,
    ) -> Result<Self, Error> {
        let mut proof = Map::new();
        for (name, value) in [
            ("@context", document.get("@context").cloned().unwrap_or_default()),
            ("type", json!(PROOF_TYPE)),
            ("cryptosuite", json!(SUITE)),
            ("created", json!(date_time(options.valid_from))),
            ("verificationMethod", json!(verification_method)),
            ("proofPurpose", json!(PURPOSE)),
        ] {
            proof.insert(name.to_owned(), value);
        }
        Ok(Self {
            hash_data: hash_data(&proof, &document)?,
            document,
            proof,
        })
    }

    fn with_signature(mut self, signature: &[u8]) -> Result<ProofCredential, Error> {
        let value = format!("z{}", bs58::encode(signature).into_string());
        self.proof.insert("proofValue".to_owned(), json!(value));
        self.document
            .insert("proof".to_owned(), Value::Object(self.proof));
        let credential = ProofCredential(self.document);
        check_length(&credential.to_json())?;
        Ok(credential)
    }
}

impl fmt::Debug for ProofCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofCredential").finish_non_exhaustive()
    }
}

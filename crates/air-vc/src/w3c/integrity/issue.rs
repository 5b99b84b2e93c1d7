//! Issuing with a proof inside.

use std::fmt;

use air_jwt::Algorithm;
use serde_json::{Map, Value, json};

use super::{PROOF_TYPE, PURPOSE, SUITE, hash_data};
use crate::{
    Error, Issuer,
    w3c::{W3cTerms, document::date_time},
};

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
    /// has it (`did:web:issuer.example#key-1`); the proof is dated `terms.valid_from`. Validate the subject before.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`]; [`Error::NotForProofs`] for an RSA key; [`Error::Format`] for an integer beyond 2^53.
    pub fn issue_with_proof(
        &self,
        terms: &W3cTerms,
        subject: &Map<String, Value>,
        verification_method: &str,
    ) -> Result<ProofCredential, Error> {
        if self.key().algorithm() != Algorithm::Es256 {
            return Err(Error::NotForProofs);
        }
        let mut document = self.w3c_document(terms, subject)?;
        let mut proof = Map::new();
        for (name, value) in [
            ("@context", document.get("@context").cloned().unwrap_or_default()),
            ("type", json!(PROOF_TYPE)),
            ("cryptosuite", json!(SUITE)),
            ("created", json!(date_time(terms.valid_from))),
            ("verificationMethod", json!(verification_method)),
            ("proofPurpose", json!(PURPOSE)),
        ] {
            proof.insert(name.to_owned(), value);
        }
        let signature = self.key().sign(&hash_data(&proof, &document)?);
        let value = format!("z{}", bs58::encode(signature).into_string());
        proof.insert("proofValue".to_owned(), json!(value));
        document.insert("proof".to_owned(), Value::Object(proof));
        Ok(ProofCredential(document))
    }
}

impl fmt::Debug for ProofCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofCredential").finish_non_exhaustive()
    }
}

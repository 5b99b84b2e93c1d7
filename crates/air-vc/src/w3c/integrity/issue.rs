//! Adding a proof to a document.

use air_ids::UnixTime;
use serde_json::{Map, Value, json};

use super::{PROOF_TYPE, PURPOSE, SUITE, hash_data};
use crate::{Error, data_model::date_time};

/// A document and the options of its proof, ready to be signed (3.3.1).
pub(in crate::w3c) struct Unsigned {
    document: Map<String, Value>,
    proof: Map<String, Value>,
    hash_data: [u8; 64],
}

impl Unsigned {
    /// Prepares a proof with the date `created`.
    pub(in crate::w3c) fn new(
        document: Map<String, Value>,
        created: UnixTime,
        verification_method: &str,
    ) -> Result<Self, Error> {
        let mut proof = Map::new();
        for (name, value) in [
            ("@context", document.get("@context").cloned().unwrap_or_default()),
            ("type", json!(PROOF_TYPE)),
            ("cryptosuite", json!(SUITE)),
            ("created", json!(date_time(created))),
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

    /// The bytes to sign.
    pub(in crate::w3c) fn hash_data(&self) -> &[u8] {
        &self.hash_data
    }

    /// The document with its proof, as JSON.
    pub(in crate::w3c) fn with_signature(mut self, signature: &[u8]) -> String {
        let value = format!("z{}", bs58::encode(signature).into_string());
        self.proof.insert("proofValue".to_owned(), json!(value));
        self.document
            .insert("proof".to_owned(), Value::Object(self.proof));
        Value::Object(self.document).to_string()
    }
}

//! Data Integrity proofs: the credential stays readable JSON, with the proof inside (`ecdsa-jcs-2019`; Data Integrity ECDSA
//! Cryptosuites 1.0, 3.3). What is signed is the canonical JSON of all of it (RFC 8785), so no member can go unsigned, and no
//! JSON-LD context is fetched or interpreted.

mod issue;
mod verify;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub use issue::ProofCredential;

use crate::Error;

const PROOF_TYPE: &str = "DataIntegrityProof";
const SUITE: &str = "ecdsa-jcs-2019";
const PURPOSE: &str = "assertionMethod";

/// What is signed: the hashes of the proof's options and of the document (3.3.4).
fn hash_data(options: &Map<String, Value>, document: &Map<String, Value>) -> Result<[u8; 64], Error> {
    let mut hashes = [0; 64];
    let (of_options, of_document) = hashes.split_at_mut(32);
    of_options.copy_from_slice(&Sha256::digest(canonical(options)?));
    of_document.copy_from_slice(&Sha256::digest(canonical(document)?));
    Ok(hashes)
}

/// Canonical JSON (RFC 8785). It writes numbers as doubles, so an integer that a double can't hold would be signed as another one:
/// such a document is refused.
fn canonical(members: &Map<String, Value>) -> Result<Vec<u8>, Error> {
    let inexact = Error::Format {
        reason: "it has an integer beyond 2^53, which canonical JSON can't tell from its neighbours; write it as a string",
    };
    if !members.values().all(is_exact) {
        return Err(inexact);
    }
    serde_json_canonicalizer::to_vec(members).map_err(|_| inexact)
}

fn is_exact(value: &Value) -> bool {
    const MOST: u64 = 1 << 53;
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number <= MOST,
            (None, Some(number)) => number.unsigned_abs() <= MOST,
            (None, None) => number.as_f64().is_some_and(f64::is_finite),
        },
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        _ => true,
    }
}

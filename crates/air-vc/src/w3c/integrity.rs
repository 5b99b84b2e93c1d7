//! Data Integrity proofs (`ecdsa-jcs-2019`; Data Integrity ECDSA Cryptosuites 1.0, 3.3). The
//! credential remains readable JSON with an embedded proof. The signature covers the canonical JSON
//! of the whole document (RFC 8785), so every member is signed, and no JSON-LD context is fetched
//! or interpreted.

mod foreign;
mod issue;
mod verify;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

pub use foreign::EmbeddedProof;
pub(super) use issue::Unsigned;

use crate::{Error, issue::check_members};

const PROOF_TYPE: &str = "DataIntegrityProof";
const SUITE: &str = "ecdsa-jcs-2019";
const PURPOSE: &str = "assertionMethod";

/// The bytes to sign: the hashes of the proof's options and of the document (3.3.4).
fn hash_data(options: &Map<String, Value>, document: &Map<String, Value>) -> Result<[u8; 64], Error> {
    let mut hashes = [0; 64];
    let (of_options, of_document) = hashes.split_at_mut(32);
    of_options.copy_from_slice(&Sha256::digest(canonical(options)?));
    of_document.copy_from_slice(&Sha256::digest(canonical(document)?));
    Ok(hashes)
}

/// Canonical JSON (RFC 8785). It writes numbers as doubles, so a document with a number that a
/// double can't represent is rejected: another number would be signed.
fn canonical(members: &Map<String, Value>) -> Result<Vec<u8>, Error> {
    check_members(members)?;
    serde_json_canonicalizer::to_vec(members).map_err(|_| Error::Format {
        reason: "it has no canonical form (RFC 8785)",
    })
}

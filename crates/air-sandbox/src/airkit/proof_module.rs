//! The WebAssembly module with which the pages make predicate proofs. The operator installs it: it is in no binary.

use std::fmt;

use axum::body::Bytes;
use sha2::{Digest, Sha256};

/// The first bytes of a WebAssembly module.
const MAGIC: &[u8] = b"\0asm";

/// The module for predicate proofs in pages: a script, and the WebAssembly that it loads. Experimental, not audited.
#[derive(Clone)]
pub struct ProofModule {
    digest: String,
    script: Bytes,
    binary: Bytes,
}

/// The module can't be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProofModule {
    /// A file is too long.
    #[error(
        "the {file} of the module for proofs has more than {limit} bytes; install the module of this version"
    )]
    TooLong {
        /// `script` or `WebAssembly`.
        file: &'static str,
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The second file is no WebAssembly.
    #[error(
        "the WebAssembly of the module for proofs has other first bytes; install the module of this version"
    )]
    NotWebAssembly,
}

impl ProofModule {
    /// The maximum length of the script in bytes.
    pub const SCRIPT_LIMIT: usize = 256 * 1024;
    /// The maximum length of the WebAssembly in bytes.
    pub const BINARY_LIMIT: usize = 4 * 1024 * 1024;

    /// A module of these two files.
    ///
    /// # Errors
    /// [`InvalidProofModule`] if a file is too long, or the second is no WebAssembly.
    pub fn new(script: Vec<u8>, binary: Vec<u8>) -> Result<Self, InvalidProofModule> {
        for (file, length, limit) in [
            ("script", script.len(), Self::SCRIPT_LIMIT),
            ("WebAssembly", binary.len(), Self::BINARY_LIMIT),
        ] {
            if length > limit {
                return Err(InvalidProofModule::TooLong { file, limit });
            }
        }
        if !binary.starts_with(MAGIC) {
            return Err(InvalidProofModule::NotWebAssembly);
        }
        let digest = Sha256::new()
            .chain_update(Sha256::digest(&script))
            .chain_update(Sha256::digest(&binary))
            .finalize();
        Ok(Self {
            digest: hex::encode(digest),
            script: script.into(),
            binary: binary.into(),
        })
    }

    /// The SHA-256 of both files' SHA-256, in hex digits. It is in the files' URLs, so that a browser never mixes two versions.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    pub(crate) fn script(&self) -> Bytes {
        self.script.clone()
    }

    pub(crate) fn binary(&self) -> Bytes {
        self.binary.clone()
    }
}

impl fmt::Debug for ProofModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofModule")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_webassembly_within_the_limits() {
        let binary = || [MAGIC, &[1, 0, 0, 0]].concat();
        let module = ProofModule::new(vec![b' '; ProofModule::SCRIPT_LIMIT], binary()).unwrap();
        assert_eq!(module.digest().len(), 64);
        let other = ProofModule::new(Vec::new(), binary()).unwrap();
        assert_ne!(other.digest(), module.digest());
        let mut longest = binary();
        longest.resize(ProofModule::BINARY_LIMIT, 0);
        assert!(ProofModule::new(Vec::new(), longest.clone()).is_ok());
        longest.push(0);
        for (script, binary) in [
            (vec![b' '; ProofModule::SCRIPT_LIMIT + 1], binary()),
            (Vec::new(), longest),
        ] {
            let error = ProofModule::new(script, binary).unwrap_err();
            assert!(matches!(error, InvalidProofModule::TooLong { .. }), "{error}");
        }
        let error = ProofModule::new(Vec::new(), b"<html>".to_vec()).unwrap_err();
        assert_eq!(error, InvalidProofModule::NotWebAssembly);
    }
}

//! An issued credential.

use std::fmt;

/// A compact SD-JWT VC with all of its disclosures: the holder's. Personal data, so `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

impl Credential {
    pub(crate) fn new(compact: String) -> Self {
        Self(compact)
    }

    /// The compact form: `<issuer-signed JWT>~<disclosure>~…~`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The issuer-signed JWT alone: digests without values. Its SHA-256 is what a ledger may anchor.
    #[must_use]
    pub fn issuer_jwt(&self) -> &str {
        self.0.split('~').next().unwrap_or_default()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

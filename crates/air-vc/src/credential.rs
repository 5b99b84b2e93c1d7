//! An issued credential.

use std::{fmt, str::FromStr};

use crate::{Error, sd_jwt::Parts};

/// A compact SD-JWT VC with all of its disclosures, as the holder stores it. It is personal data,
/// so `Debug` shows nothing.
///
/// Parsing checks the format only. A [`crate::Verifier`] checks whether the credential is genuine.
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

    /// The issuer-signed JWT alone: digests without values. A ledger may anchor its SHA-256.
    #[must_use]
    pub fn issuer_jwt(&self) -> &str {
        self.0.split('~').next().unwrap_or_default()
    }
}

impl FromStr for Credential {
    type Err = Error;

    fn from_str(compact: &str) -> Result<Self, Error> {
        let parts = Parts::parse(compact)?;
        if parts.key_binding.is_some() {
            return Err(Error::Format {
                reason: "it ends in a key-binding JWT, so it is a presentation, not a credential",
            });
        }
        Ok(Self(compact.to_owned()))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

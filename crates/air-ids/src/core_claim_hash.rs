//! Core claim hashes, which name credentials on the ledger.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The name of a credential on the ledger: 32 bytes. The text form is 64 hex digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CoreClaimHash([u8; 32]);

impl CoreClaimHash {
    /// Wraps the 32 bytes of a hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for CoreClaimHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| Error::InvalidCoreClaimHash)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for CoreClaimHash {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<CoreClaimHash> for String {
    fn from(hash: CoreClaimHash) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for CoreClaimHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for CoreClaimHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CoreClaimHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_claim_hash_is_64_hex_digits() {
        let text = "00ff".repeat(16);
        assert_eq!(text.parse::<CoreClaimHash>().unwrap().to_string(), text);
        for bad in ["", "00", &"0g".repeat(32), &"0".repeat(65)] {
            assert!(bad.parse::<CoreClaimHash>().is_err(), "{bad}");
        }
    }
}

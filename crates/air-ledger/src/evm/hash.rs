//! Hashes and addresses. SHA-256 hashes of the log and Keccak-256 hashes of the chain have types of
//! their own, and are written differently.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};

use crate::merkle::Hash;

/// Keccak-256, as Ethereum uses it (before SHA-3 changed the padding).
#[must_use]
pub fn keccak256(bytes: &[u8]) -> KeccakHash {
    KeccakHash(Keccak256::digest(bytes).into())
}

/// A text is not hex digits of the right number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {of}: must be {form}")]
pub struct InvalidHex {
    /// The kind of value.
    pub(super) of: &'static str,
    /// How it is written.
    pub(super) form: &'static str,
}

impl InvalidHex {
    /// How the value is written, such as "`0x` and 40 hex digits".
    #[must_use]
    pub fn form(&self) -> &'static str {
        self.form
    }
}

/// A newtype over bytes that is written in hex: `FromStr`, `Display`, `Debug` and serde.
macro_rules! hex_type {
    ($(#[$docs:meta])* $name:ident, $length:literal, $prefix:literal, $of:literal, $form:literal) => {
        $(#[$docs])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $length]);

        impl $name {
            /// From bytes.
            #[must_use]
            pub fn new(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidHex;

            fn from_str(text: &str) -> Result<Self, InvalidHex> {
                let mut bytes = [0; $length];
                text.strip_prefix($prefix)
                    .and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok())
                    .ok_or(InvalidHex { of: $of, form: $form })?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidHex;

            fn try_from(text: String) -> Result<Self, InvalidHex> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

hex_type!(
    /// The address of an account or contract: `0x` and 40 hex digits in any case. A checksum
    /// (EIP-55) is not checked.
     Address, 20, "0x", "address", "`0x` and 40 hex digits"
);
hex_type!(
    /// A Keccak-256 hash, of a block, of code or of a transaction: `0x` and 64 hex digits.
     KeccakHash, 32, "0x", "Keccak-256 hash", "`0x` and 64 hex digits"
);
hex_type!(
    /// A SHA-256 hash of the log, or a core claim hash: 64 hex digits.
     Digest, 32, "", "SHA-256 hash", "64 hex digits"
);

impl From<Hash> for Digest {
    fn from(hash: Hash) -> Self {
        Self(hash)
    }
}

//! The content encryption algorithms (RFC 7518, 5.3).

use std::{fmt, str::FromStr};

use super::JweError;
use crate::Error;

/// An algorithm that encrypts the content: the header's `enc` (RFC 7518, 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ContentEncryption {
    /// AES in Galois/Counter Mode with a key of 128 bits.
    A128Gcm,
    /// AES in Galois/Counter Mode with a key of 256 bits.
    A256Gcm,
}

impl ContentEncryption {
    /// The name in a header's `enc`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// The length of the content key in bytes.
    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm => 32,
        }
    }
}

impl fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContentEncryption {
    type Err = Error;

    /// Parses `A128GCM` or `A256GCM`. JOSE names are case-sensitive (RFC 7516, 4.1.2).
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "A128GCM" => Ok(Self::A128Gcm),
            "A256GCM" => Ok(Self::A256Gcm),
            _ => Err(JweError::UnsupportedContentEncryption {
                name: crate::jws::printable(text),
            }
            .into()),
        }
    }
}

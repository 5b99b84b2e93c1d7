//! The two algorithms that the platform accepts.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::Error;

/// A signature algorithm of JOSE (RFC 7518, 3.1). A key has one, and signs and verifies with no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 7518, 3.4): small keys and tokens. Take this one.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3), 2,048 to 4,096 bits: for key stores that have nothing else.
    Rs256,
}

impl Algorithm {
    /// The name in a header's `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl From<Algorithm> for &'static str {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.as_str()
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    /// JOSE names are case-sensitive (RFC 7515, 4.1.1).
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "ES256" => Ok(Self::Es256),
            "RS256" => Ok(Self::Rs256),
            _ => Err(Error::UnknownAlgorithm),
        }
    }
}

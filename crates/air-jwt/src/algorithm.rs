//! The two signature algorithms that the platform accepts.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::Error;

/// A signature algorithm of JOSE (RFC 7518, 3.1). Each key has exactly one, and signs and verifies
/// only with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 7518, 3.4). Recommended: keys and tokens are small.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3), with keys of 2,048 to 4,096 bits. Use it
    /// only with key stores that do not support ES256.
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

    /// Parses `ES256` or `RS256`. JOSE names are case-sensitive (RFC 7515, 4.1.1).
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "ES256" => Ok(Self::Es256),
            "RS256" => Ok(Self::Rs256),
            _ => Err(Error::UnknownAlgorithm),
        }
    }
}

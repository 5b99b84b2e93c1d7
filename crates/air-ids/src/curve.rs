//! The two curves of a CAK.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// A curve that a CAK can live on. Wire names: `secp256r1`, `secp256k1`. The CAK specification
/// fixes the two, so matches may be exhaustive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Curve {
    /// NIST P-256 (FIPS 186-5, SEC 2): the platform's default.
    #[default]
    Secp256r1,
    /// The Koblitz curve of SEC 2, used by wallets.
    Secp256k1,
}

impl Curve {
    /// The wire name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secp256r1 => "secp256r1",
            Self::Secp256k1 => "secp256k1",
        }
    }

    /// The curve's name in a JWK (RFC 7518, 6.2.1.1; RFC 8812, 3.1).
    #[must_use]
    pub const fn jwk_name(self) -> &'static str {
        match self {
            Self::Secp256r1 => "P-256",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Curve {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "secp256r1" => Ok(Self::Secp256r1),
            "secp256k1" => Ok(Self::Secp256k1),
            _ => Err(Error::UnknownCurve),
        }
    }
}

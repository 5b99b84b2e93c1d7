//! The cryptosuites.

use std::{fmt, str::FromStr};

use crate::Error;

/// A cryptosuite of Data Integrity whose proofs cover the RDF dataset of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Suite {
    /// ECDSA on P-256 (Data Integrity ECDSA Cryptosuites 1.0, 3.2).
    EcdsaRdfc2019,
    /// Ed25519 (Data Integrity EdDSA Cryptosuites 1.0, 3.2).
    EddsaRdfc2022,
    /// ECDSA on P-256 with selective disclosure (Data Integrity ECDSA Cryptosuites 1.0, 3.6).
    EcdsaSd2023,
    /// BBS on BLS12-381 with selective disclosure by unlinkable proofs (Data Integrity BBS
    /// Cryptosuites 1.0).
    Bbs2023,
}

impl Suite {
    /// All suites.
    pub const ALL: [Self; 4] = [
        Self::EcdsaRdfc2019,
        Self::EddsaRdfc2022,
        Self::EcdsaSd2023,
        Self::Bbs2023,
    ];

    /// The value of `cryptosuite`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EcdsaRdfc2019 => "ecdsa-rdfc-2019",
            Self::EddsaRdfc2022 => "eddsa-rdfc-2022",
            Self::EcdsaSd2023 => "ecdsa-sd-2023",
            Self::Bbs2023 => "bbs-2023",
        }
    }

    /// Whether the holder derives presentations that disclose chosen claims.
    #[must_use]
    pub const fn is_selective(self) -> bool {
        matches!(self, Self::EcdsaSd2023 | Self::Bbs2023)
    }

    pub(crate) const fn curve(self) -> &'static str {
        match self {
            Self::EcdsaRdfc2019 | Self::EcdsaSd2023 => "P-256",
            Self::EddsaRdfc2022 => "Ed25519",
            Self::Bbs2023 => "BLS12-381 (G2)",
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Suite {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = Self::ALL.into_iter().find(|suite| suite.name() == text);
        named.ok_or(Error::UnsupportedSuite)
    }
}

//! The curve's names on the wire.

use serde::{Deserialize, Serialize};

/// The `curve` parameter of `issueCredential`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CurveName {
    /// P-256: the platform's default.
    #[default]
    Secp256r1,
    /// The wallets' curve.
    Secp256k1,
}

impl CurveName {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secp256r1 => "secp256r1",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

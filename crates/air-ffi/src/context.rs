//! The contexts that keys are derived for and containers are bound to.

use air_crypto::{CakContext, CakUser, Error, IssuerDid, KeyId, ManagedContext, SchemaId, SealingContext};

use crate::AirError;

/// The curve of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Curve {
    /// NIST P-256.
    Secp256r1,
    /// The curve of Ethereum.
    Secp256k1,
}

/// The context that a key belongs to. Texts are 1 to 65,535 bytes.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Context {
    /// Whose key, from whom, for what.
    Cak {
        /// The user's ID.
        user: String,
        /// The issuer's DID.
        issuer: String,
        /// The schema's ID.
        schema: String,
        /// The curve.
        curve: Curve,
    },
    /// A key that an issuer or a group of custodians manages.
    Managed {
        /// The issuer's DID.
        issuer: String,
        /// The key's ID.
        key_id: String,
        /// The curve.
        curve: Curve,
    },
}

/// A context after its checks.
pub(crate) enum Checked {
    Cak(CakContext),
    Managed(ManagedContext),
}

impl Context {
    pub(crate) fn check(self) -> Result<Checked, AirError> {
        match self {
            Self::Cak {
                user,
                issuer,
                schema,
                curve,
            } => Ok(Checked::Cak(CakContext::new(
                CakUser::new(user)?,
                IssuerDid::new(issuer).map_err(Error::from)?,
                SchemaId::new(schema).map_err(Error::from)?,
                curve.into(),
            ))),
            Self::Managed {
                issuer,
                key_id,
                curve,
            } => Ok(Checked::Managed(ManagedContext::new(
                IssuerDid::new(issuer).map_err(Error::from)?,
                KeyId::new(key_id)?,
                curve.into(),
            ))),
        }
    }
}

impl Checked {
    pub(crate) fn sealing(&self) -> SealingContext<'_> {
        match self {
            Self::Cak(context) => context.into(),
            Self::Managed(context) => context.into(),
        }
    }
}

impl From<Curve> for air_crypto::Curve {
    fn from(curve: Curve) -> Self {
        match curve {
            Curve::Secp256r1 => Self::Secp256r1,
            Curve::Secp256k1 => Self::Secp256k1,
        }
    }
}

impl From<air_crypto::Curve> for Curve {
    fn from(curve: air_crypto::Curve) -> Self {
        match curve {
            air_crypto::Curve::Secp256r1 => Self::Secp256r1,
            air_crypto::Curve::Secp256k1 => Self::Secp256k1,
        }
    }
}

//! The root of key derivation: a seed or an identity wallet.

use std::sync::Arc;

use air_crypto::{ChainId, Curve, LocalWallet};

use crate::{AirError, CakPrivateKey, Context, context::Checked};

/// The secret that all of a user's keys are derived from. It stays in the library's memory and is
/// wiped when the object is closed.
#[derive(Debug, uniffi::Object)]
pub struct RootSecret {
    inner: air_crypto::RootSecret,
}

#[uniffi::export]
impl RootSecret {
    /// Uses a seed of 32 to 1,024 uniformly random bytes.
    #[uniffi::constructor]
    pub fn from_seed(seed: &[u8]) -> Result<Arc<Self>, AirError> {
        let inner = air_crypto::RootSecret::from_seed(seed)?;
        Ok(Arc::new(Self { inner }))
    }

    /// Uses an identity wallet's secp256k1 key, 32 bytes. Keys are derived from its EIP-712 signatures.
    #[uniffi::constructor]
    pub fn from_wallet(private_key: &[u8], chain_id: u64) -> Result<Arc<Self>, AirError> {
        let key =
            <&[u8; 32]>::try_from(private_key).map_err(|_| AirError::argument("privateKey", "32 bytes"))?;
        // Checks the scalar before the wallet is made.
        let key = air_crypto::CakPrivateKey::from_bytes(Curve::Secp256k1, key)?;
        let wallet = LocalWallet::from_bytes(key.expose_secret())?;
        let inner = air_crypto::RootSecret::from_wallet(wallet, ChainId::new(chain_id));
        Ok(Arc::new(Self { inner }))
    }

    /// Derives the key of a context. It is the same each time, and unrelated to the keys of other
    /// contexts. Keys of managed contexts are not derived.
    pub fn derive(&self, context: Context) -> Result<Arc<CakPrivateKey>, AirError> {
        let Checked::Cak(context) = context.check()? else {
            return Err(AirError::argument("context", "that of a user, issuer and schema"));
        };
        let inner = self.inner.derive(&context)?;
        Ok(Arc::new(CakPrivateKey { inner }))
    }
}

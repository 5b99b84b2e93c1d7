//! The key of an identity wallet.

use air_crypto::{CakPrivateKey, ChainId, Curve, LocalWallet, RootSecret};

use crate::{AirError, random::random};

/// A secp256k1 key and its network. The private half is wiped on drop.
pub(crate) struct WalletKey {
    key: CakPrivateKey,
    pub(crate) wallet: LocalWallet,
    pub(crate) chain: ChainId,
}

impl WalletKey {
    pub(crate) fn generate(chain: ChainId) -> Result<Self, AirError> {
        Self::new(CakPrivateKey::generate(Curve::Secp256k1, &mut random()?), chain)
    }

    pub(crate) fn from_bytes(bytes: &[u8], chain: ChainId) -> Result<Self, AirError> {
        let key = <&[u8; 32]>::try_from(bytes)
            .map_err(|_| AirError::argument("privateKey", "a Uint8Array of 32 bytes"))?;
        Self::new(CakPrivateKey::from_bytes(Curve::Secp256k1, key)?, chain)
    }

    pub(crate) fn root(&self) -> Result<RootSecret, AirError> {
        let wallet = LocalWallet::from_bytes(self.key.expose_secret())?;
        Ok(RootSecret::from_wallet(wallet, self.chain))
    }

    pub(crate) fn expose_secret(&self) -> &[u8; 32] {
        self.key.expose_secret()
    }

    fn new(key: CakPrivateKey, chain: ChainId) -> Result<Self, AirError> {
        let wallet = LocalWallet::from_bytes(key.expose_secret())?;
        Ok(Self { key, wallet, chain })
    }
}

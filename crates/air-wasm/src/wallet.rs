//! The key of an identity wallet, and its address.

use air_crypto::{CakPrivateKey, ChainId, Curve, LocalWallet, RootSecret};
use sha3::{Digest, Keccak256};

use crate::{AirError, random::random};

/// A secp256k1 key. The private half that it keeps is wiped on drop.
pub(crate) struct WalletKey(CakPrivateKey);

impl WalletKey {
    pub(crate) fn generate() -> Result<Self, AirError> {
        Ok(Self(CakPrivateKey::generate(Curve::Secp256k1, &mut random()?)))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, AirError> {
        let key = <&[u8; 32]>::try_from(bytes)
            .map_err(|_| AirError::argument("privateKey", "a Uint8Array of 32 bytes"))?;
        Ok(Self(CakPrivateKey::from_bytes(Curve::Secp256k1, key)?))
    }

    pub(crate) fn root(&self, chain: ChainId) -> Result<RootSecret, AirError> {
        let wallet = LocalWallet::from_bytes(self.0.expose_secret())?;
        Ok(RootSecret::from_wallet(wallet, chain))
    }

    pub(crate) fn expose_secret(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    /// With the capitals of EIP-55.
    pub(crate) fn address(&self) -> String {
        let [_, point @ ..] = self.0.public_key().as_uncompressed();
        let digest: [u8; 32] = Keccak256::digest(point).into();
        let address = digest.last_chunk().unwrap_or(&[0; 20]);
        address_text(address)
    }
}

fn address_text(address: &[u8; 20]) -> String {
    let digits = hex::encode(address);
    let hash = hex::encode(Keccak256::digest(&digits));
    let capitals = digits.chars().zip(hash.chars()).map(|(digit, hash)| {
        if hash >= '8' {
            digit.to_ascii_uppercase()
        } else {
            digit
        }
    });
    "0x".chars().chain(capitals).collect()
}

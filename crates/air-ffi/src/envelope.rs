//! The envelope in which an issuer that hosts credentials hands one to its holder.

use std::{mem, sync::Arc};

use crate::{AirError, random::random};

/// A sealed credential. The fields of the message, decoded from base64 or hex.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HolderEnvelope {
    /// The ciphertext.
    pub data: Vec<u8>,
    /// The nonce, 12 bytes.
    pub iv: Vec<u8>,
    /// The authentication tag, 16 bytes.
    pub auth_tag: Vec<u8>,
    /// The issuer's ephemeral public key: SPKI DER.
    pub ephemeral_key: Vec<u8>,
}

/// A holder's X25519 key, which opens envelopes. It is wiped when the object is closed.
#[derive(Debug, uniffi::Object)]
pub struct HolderPrivateKey {
    inner: air_crypto::holder::HolderPrivateKey,
}

#[uniffi::export]
impl HolderPrivateKey {
    /// Generates a key.
    #[uniffi::constructor]
    pub fn generate() -> Result<Arc<Self>, AirError> {
        let inner = air_crypto::holder::HolderPrivateKey::generate(&mut random()?);
        Ok(Arc::new(Self { inner }))
    }

    /// Reads PKCS#8: DER, or the UTF-8 text of PEM or hex.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: &[u8]) -> Result<Arc<Self>, AirError> {
        let inner = air_crypto::holder::HolderPrivateKey::from_file_bytes(bytes)?;
        Ok(Arc::new(Self { inner }))
    }

    /// The public half, as the platform takes it: SPKI DER in hex, after `0x`.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.inner.public_key().to_string()
    }

    /// The private key as PKCS#8 DER. The caller's copy can't be wiped by this library.
    #[must_use]
    pub fn expose_der(&self) -> Vec<u8> {
        mem::take(&mut *self.inner.expose_pkcs8_der())
    }

    /// Opens an envelope.
    pub fn open(&self, envelope: HolderEnvelope) -> Result<Vec<u8>, AirError> {
        let HolderEnvelope {
            data,
            iv,
            auth_tag,
            ephemeral_key,
        } = envelope;
        let envelope = air_crypto::holder::HolderEnvelope::from_parts(&data, &iv, &auth_tag, &ephemeral_key)?;
        Ok(mem::take(&mut *self.inner.open(&envelope)?))
    }
}

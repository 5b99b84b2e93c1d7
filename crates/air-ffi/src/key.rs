//! Compliance Access Keys: sealing and opening documents in memory.

use std::sync::Arc;

use air_crypto::{ChunkSize, ContainerHeader};
use zeroize::Zeroizing;

use crate::{AirError, Context, Curve, random::random};

/// The public half of a key, to which documents are sealed.
#[derive(Debug, PartialEq, Eq, uniffi::Object)]
pub struct CakPublicKey {
    pub(crate) inner: air_crypto::CakPublicKey,
}

#[uniffi::export]
impl CakPublicKey {
    /// Reads hex (compressed or not), base64url, a JWK, SPKI PEM or `did:key`.
    #[uniffi::constructor]
    pub fn from_text(text: &str, curve: Option<Curve>) -> Result<Arc<Self>, AirError> {
        let inner = air_crypto::CakPublicKey::from_text(curve.map(Into::into), text)?;
        Ok(Arc::new(Self { inner }))
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.inner.curve().into()
    }

    /// The uncompressed point, 130 hex digits after `0x`.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.inner.to_string()
    }

    /// The compressed point, 66 hex digits after `0x`.
    #[must_use]
    pub fn to_compressed_hex(&self) -> String {
        self.inner.to_compressed_hex()
    }

    /// The key as a JWK, in JSON.
    #[must_use]
    pub fn to_jwk(&self) -> String {
        self.inner.to_jwk().to_string()
    }

    /// The key as SPKI PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.inner.to_spki_pem()
    }

    /// Seals a document. The label is authenticated, but not stored.
    pub fn seal(&self, context: Context, label: &[u8], document: &[u8]) -> Result<Vec<u8>, AirError> {
        let context = context.check()?;
        let mut sealer = air_crypto::Sealer::new(
            &self.inner,
            context.sealing(),
            label,
            ChunkSize::default(),
            Vec::with_capacity(document.len()),
            &mut random()?,
        )?;
        let mut document = document;
        sealer.copy_from(&mut document)?;
        Ok(sealer.finish()?)
    }
}

/// The private half of a key. It opens every container of its context. It stays in the library's
/// memory and is wiped when the object is closed.
#[derive(Debug, uniffi::Object)]
pub struct CakPrivateKey {
    pub(crate) inner: air_crypto::CakPrivateKey,
}

#[uniffi::export]
impl CakPrivateKey {
    /// Generates a key.
    #[uniffi::constructor]
    pub fn generate(curve: Curve) -> Result<Arc<Self>, AirError> {
        let inner = air_crypto::CakPrivateKey::generate(curve.into(), &mut random()?);
        Ok(Arc::new(Self { inner }))
    }

    /// Reads the UTF-8 text of hex, base64url, a JWK, or PEM (PKCS#8 or SEC1), which may be encrypted.
    /// An empty passphrase means that there is none.
    #[uniffi::constructor]
    pub fn from_text(text: &[u8], curve: Option<Curve>, passphrase: &[u8]) -> Result<Arc<Self>, AirError> {
        let text = str::from_utf8(text).map_err(|_| AirError::argument("text", "UTF-8"))?;
        let passphrase = (!passphrase.is_empty()).then_some(passphrase);
        let inner = air_crypto::CakPrivateKey::from_text(curve.map(Into::into), text, passphrase)?;
        Ok(Arc::new(Self { inner }))
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.inner.curve().into()
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> Arc<CakPublicKey> {
        Arc::new(CakPublicKey {
            inner: self.inner.public_key().clone(),
        })
    }

    /// The private key, 64 hex digits. The caller's copy can't be wiped.
    #[must_use]
    pub fn expose_hex(&self) -> String {
        self.inner.expose_hex().to_string()
    }

    /// The private key as PKCS#8 PEM, encrypted with a passphrase.
    pub fn to_encrypted_pem(&self, passphrase: &[u8]) -> Result<String, AirError> {
        Ok(self.inner.to_encrypted_pem(passphrase, &mut random()?)?)
    }

    /// Opens a container.
    pub fn open(&self, context: Context, label: &[u8], container: &[u8]) -> Result<Vec<u8>, AirError> {
        let context = context.check()?;
        let mut start = container;
        let layout = ContainerHeader::read(&mut start)?.layout(container.len() as u64)?;
        let length = usize::try_from(layout.document_length)
            .map_err(|_| AirError::too_large("container", container.len(), usize::MAX))?;
        // Wiped when the container does not open to its end.
        let mut document = Zeroizing::new(Vec::with_capacity(length));
        air_crypto::Opener::new(&self.inner, context.sealing(), label, container)?.copy_to(&mut *document)?;
        Ok(std::mem::take(&mut *document))
    }
}

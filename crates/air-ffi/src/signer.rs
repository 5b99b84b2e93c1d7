//! Holders' keys that sign presentations: in memory, or in a key store of the device.

use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use air_jwt::{Algorithm, Kid, Signer, SignerError, es256_from_der};

use crate::{AirError, random::random};

/// A holder's key in memory: ES256. It is wiped when the object is closed.
#[derive(Debug, uniffi::Object)]
pub struct SigningKey {
    pub(crate) inner: air_jwt::SigningKey,
}

#[uniffi::export]
impl SigningKey {
    /// Generates an ES256 key.
    #[uniffi::constructor]
    pub fn generate() -> Result<Arc<Self>, AirError> {
        let inner = air_jwt::SigningKey::generate(&mut random()?);
        Ok(Arc::new(Self { inner }))
    }

    /// Reads the UTF-8 text of PEM (PKCS#8 or SEC1), a private JWK, or base64 of DER.
    #[uniffi::constructor]
    pub fn from_text(text: &[u8]) -> Result<Arc<Self>, AirError> {
        let text = str::from_utf8(text).map_err(|_| AirError::argument("text", "UTF-8"))?;
        let inner = air_jwt::SigningKey::from_text(text)?;
        Ok(Arc::new(Self { inner }))
    }

    /// The ID of the key: that of its JWK, or the RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> String {
        self.inner.kid().to_string()
    }

    /// `ES256`, or `RS256` for an RSA key.
    #[must_use]
    pub fn algorithm(&self) -> String {
        self.inner.algorithm().to_string()
    }

    /// The public half as a JWK, in JSON, for the issuer.
    pub fn public_jwk(&self) -> Result<String, AirError> {
        serde_json::to_string(&self.inner.public_jwk())
            .map_err(|_| AirError::argument("key", "writable as a JWK"))
    }

    /// Signs a message. The result has the format of JWS.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.inner.sign(message)
    }

    /// The private key as PKCS#8 PEM. The caller's copy can't be wiped.
    #[must_use]
    pub fn expose_pem(&self) -> String {
        self.inner.expose_pkcs8_pem().to_string()
    }
}

/// A holder's P-256 key in a key store of the device, such as Android's or the Secure Enclave.
#[uniffi::export(with_foreign)]
pub trait HolderSigner: Send + Sync + fmt::Debug {
    /// Signs a message with ECDSA and SHA-256, and returns the signature in DER.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, AirError>;
}

/// A device's signer, with the ID of the key in the credential.
pub(crate) struct DeviceKey<'a> {
    pub(crate) signer: &'a dyn HolderSigner,
    pub(crate) kid: Kid,
}

impl Signer for DeviceKey<'_> {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn kid(&self) -> &Kid {
        &self.kid
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let der = self.signer.sign(message.to_vec()).map_err(SignerError::new)?;
        let signature = es256_from_der(&der).map_err(SignerError::new)?;
        Ok(signature.to_vec())
    }
}

/// Runs a future that never waits, such as one with a [`DeviceKey`].
pub(crate) fn run<T>(future: impl Future<Output = Result<T, air_vc::Error>>) -> Result<T, AirError> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(result) => Ok(result?),
        Poll::Pending => Err(AirError::signer_failed()),
    }
}

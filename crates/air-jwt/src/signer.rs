//! Remote keys: in a KMS, an HSM or another process.

use std::{error, fmt, future::Future};

use crate::{Algorithm, Error, Kid, SigningKey};

/// Signs messages, with a key in memory or in a remote service. Any async runtime can await the
/// future.
///
/// ```
/// use air_jwt::{Algorithm, Kid, Signer, SignerError};
///
/// # struct Client;
/// # impl Client { async fn sign(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, std::io::Error> { Ok(vec![0; 64]) } }
/// struct Kms { client: Client, kid: Kid }
///
/// impl Signer for Kms {
///     fn algorithm(&self) -> Algorithm { Algorithm::Es256 }
///     fn kid(&self) -> &Kid { &self.kid }
///     async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
///         self.client.sign(self.kid.as_str(), message).await.map_err(SignerError::new)
///     }
/// }
/// ```
pub trait Signer: Sync {
    /// The algorithm that the key signs with.
    fn algorithm(&self) -> Algorithm;

    /// The key's id in the published set.
    fn kid(&self) -> &Kid;

    /// Signs the message itself, not its digest, and returns the signature in the format of JWS:
    /// for ES256 the 64 bytes `r || s`. If a service returns DER, convert it with
    /// [`es256_from_der`].
    ///
    /// # Errors
    /// [`SignerError`] when the key could not be reached or refused to sign.
    fn sign(&self, message: &[u8]) -> impl Future<Output = Result<Vec<u8>, SignerError>> + Send;
}

impl Signer for SigningKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.sign(message))
    }
}

/// The reason why a remote key did not sign. `Display` does not show the cause, which may contain
/// text that must not be logged; [`std::error::Error::source`] returns it.
#[derive(Debug)]
pub struct SignerError(Box<dyn error::Error + Send + Sync>);

impl SignerError {
    /// Wraps the service's own error.
    pub fn new(cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the signer did not sign; see whether the key store answers and lets this process use the key",
        )
    }
}

impl error::Error for SignerError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// Two errors are never equal, except one and the same value.
impl PartialEq for SignerError {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for SignerError {}

/// Converts an ECDSA signature from DER (RFC 3279, 2.2.3), which key stores return, to the format
/// of JWS: the 64 bytes `r || s`.
///
/// # Errors
/// [`Error::InvalidSignature`] when it is not a P-256 signature in DER.
pub fn es256_from_der(der: &[u8]) -> Result<[u8; 64], Error> {
    p256::ecdsa::Signature::from_der(der)
        .map(|signature| signature.to_bytes().into())
        .map_err(|_| Error::InvalidSignature)
}

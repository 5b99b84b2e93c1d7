//! Any signer behind one type.

use std::{fmt, pin::Pin, sync::Arc};

use crate::{Algorithm, Kid, Signer, SignerError};

type Signing<'s> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SignerError>> + Send + 's>>;

/// A [`Signer`] of any type: a key in a file, in an HSM or behind a service. Cheap to clone. Its `Debug`
/// shows the key's id only.
///
/// ```
/// use air_jwt::{SharedSigner, Signer, SigningKey};
///
/// # let key = SigningKey::generate(&mut rand::rng());
/// # let other = SigningKey::generate(&mut rand::rng());
/// let signers = [SharedSigner::new(key), SharedSigner::new(other)];
/// let kids = signers.iter().map(Signer::kid);
/// # assert_eq!(kids.count(), 2);
/// ```
#[derive(Clone)]
pub struct SharedSigner(Arc<dyn AnySigner>);

/// [`Signer`] as an object.
trait AnySigner: Send + Sync {
    fn algorithm(&self) -> Algorithm;
    fn kid(&self) -> &Kid;
    fn sign<'s>(&'s self, message: &'s [u8]) -> Signing<'s>;
}

impl<S: Signer + Send> AnySigner for S {
    fn algorithm(&self) -> Algorithm {
        Signer::algorithm(self)
    }

    fn kid(&self) -> &Kid {
        Signer::kid(self)
    }

    fn sign<'s>(&'s self, message: &'s [u8]) -> Signing<'s> {
        Box::pin(Signer::sign(self, message))
    }
}

impl SharedSigner {
    /// Wraps a signer.
    #[must_use]
    pub fn new(signer: impl Signer + Send + 'static) -> Self {
        Self(Arc::new(signer))
    }
}

impl Signer for SharedSigner {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.0.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.0.sign(message).await
    }
}

impl fmt::Debug for SharedSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("kid", self.0.kid())
            .finish_non_exhaustive()
    }
}

//! The client's signer: a key in memory or a remote one, behind one type.

use std::{fmt, pin::Pin, sync::Arc};

use air_jwt::{Algorithm, Kid, Signer, SignerError};

type Signing<'s> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SignerError>> + Send + 's>>;

/// A [`Signer`] that can be shared and cloned. Its `Debug` shows the key's id.
#[derive(Clone)]
pub(crate) struct SharedSigner(Arc<dyn AnySigner>);

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
    pub(crate) fn new(signer: impl Signer + Send + 'static) -> Self {
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

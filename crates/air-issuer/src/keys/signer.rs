//! A signer under the name that tokens have in their header.

use std::{fmt, time::Duration};

use air_jwt::{Algorithm, Kid, SharedSigner, Signer, SignerError};
use tokio::time::timeout;

/// A signer under the name that tokens have in their header. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct NamedSigner {
    signer: SharedSigner,
    kid: Kid,
    /// A key in memory has none.
    limit: Option<Duration>,
}

/// The signer did not respond in time.
#[derive(Debug)]
struct TooSlow {
    limit: Duration,
}

impl NamedSigner {
    pub(super) fn new(signer: SharedSigner, kid: Kid, limit: Option<Duration>) -> Self {
        Self { signer, kid, limit }
    }

    /// Whether the key is in this process, so that a signature takes less time than a commit.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.limit.is_none()
    }

    /// The longest time of a signature.
    pub(crate) fn limit(&self) -> Duration {
        self.limit.unwrap_or_default()
    }
}

impl Signer for NamedSigner {
    fn algorithm(&self) -> Algorithm {
        self.signer.algorithm()
    }

    fn kid(&self) -> &Kid {
        &self.kid
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signing = self.signer.sign(message);
        match self.limit {
            None => signing.await,
            Some(limit) => timeout(limit, signing)
                .await
                .unwrap_or_else(|_| Err(SignerError::new(TooSlow { limit }))),
        }
    }
}

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the signer did not respond within {} s", self.limit.as_secs())
    }
}

impl std::error::Error for TooSlow {}

//! Checked credential requests and their outcomes.

use std::fmt;

use air_jwt::Jwk;

use super::tokens::OnceOnly;
use crate::Refusal;

/// The maximum number of credentials for one access token.
pub(super) const TOKEN_LIMIT: u64 = 128;

/// A checked credential request.
pub struct CheckedRequest {
    /// The offer whose access token was sent.
    pub offer_id: String,
    /// The SHA-256 digest of the access token.
    pub token_digest: Vec<u8>,
    /// One credential is bound to each.
    pub keys: Vec<Jwk>,
    /// The nonces of the proofs.
    pub nonces: Vec<OnceOnly>,
    /// The DPoP proof.
    pub proof: Option<OnceOnly>,
}

/// Shows no digests.
impl fmt::Debug for CheckedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedRequest")
            .field("offer_id", &self.offer_id)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

/// Issued credentials, and the number of the response for this offer.
pub struct Delivered {
    /// The credentials, in the order of the keys.
    pub credentials: Vec<String>,
    /// The number of the response.
    pub number: u64,
}

/// Shows no credentials.
impl fmt::Debug for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivered")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// The outcome of a credential request.
#[derive(Debug)]
pub enum Outcome {
    /// The credentials.
    Delivered(Delivered),
    /// The credentials come later.
    Deferred {
        /// The secret by which the wallet asks again.
        transaction_id: String,
        /// The number of seconds until then.
        interval: u64,
    },
}

/// The reason why no credential was issued.
#[derive(Debug)]
pub enum NotIssued {
    /// The transaction is unknown, or its credentials were issued.
    UnknownTransaction,
    /// A nonce was used before.
    NonceUsed,
    /// The DPoP proof was used before.
    ProofUsed,
    /// The access token has ended.
    TokenEnded,
    /// The store or the platform refused.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for NotIssued {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

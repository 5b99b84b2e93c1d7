//! The rules of RFC 9449, section 4.3, that a proof can break.

use crate::{Error, SkipReason};

/// The reason why a proof was refused. Missing claims, times and the form of the token have their
/// variants in [`Error`].
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DpopError {
    /// The request has no `DPoP` header.
    #[error("the request has no DPoP proof; send one in the header `DPoP`")]
    MissingProof,
    /// The request has more than one `DPoP` header.
    #[error("the request has several `DPoP` headers: must have exactly one")]
    SeveralProofs,
    /// The header's `typ` is absent or another one.
    #[error("the proof's `typ` must be \"dpop+jwt\"")]
    WrongType,
    /// The header's `alg` is not one that the verifier accepts.
    #[error("the proof's `alg` is `{name}`: must be an asymmetric algorithm that the server supports")]
    UnsupportedAlgorithm {
        /// The `alg` of the header, shortened to printable characters.
        name: String,
    },
    /// The header has no `jwk`.
    #[error("the proof's header has no `jwk`; include the public key")]
    MissingKey,
    /// The header's `jwk` has a private member.
    #[error("the proof's `jwk` contains a private key, which is known to others now; replace the key")]
    PrivateKey,
    /// The header's `jwk` is not a public key for signatures.
    #[error("invalid `jwk` of the proof: {reason}")]
    InvalidKey {
        /// The rule that was broken.
        reason: SkipReason,
    },
    /// The signature does not verify with the header's `jwk`.
    #[error("the proof's signature does not verify with its `jwk`")]
    BadSignature,
    /// `htm` is another method.
    #[error("the proof's `htm` is not {expected}, the method of the request")]
    WrongMethod {
        /// The method of the request.
        expected: String,
    },
    /// `htu` is another URL.
    #[error("the proof's `htu` is not {expected}, the URL of the request")]
    WrongTarget {
        /// The normalized URL of the request.
        expected: String,
    },
    /// A URL is not an http(s) URL that a request can have.
    #[error("invalid URL: must be an http or https URL without user name, at most 2048 bytes long")]
    InvalidTarget,
    /// The method is not a token.
    #[error("invalid method: must be letters such as `POST`")]
    InvalidMethod,
    /// The server requires a nonce, and the proof has none.
    #[error("the proof has no `nonce`; repeat the request with the nonce of the header `DPoP-Nonce`")]
    MissingNonce,
    /// The nonce is not one of the server's, or is too old.
    #[error(
        "the proof's `nonce` is not current; repeat the request with the nonce of the header `DPoP-Nonce`"
    )]
    WrongNonce,
    /// The request has an access token, and the proof has no `ath`.
    #[error("the proof has no `ath`; include the hash of the access token")]
    MissingAccessTokenHash,
    /// `ath` is the hash of another access token.
    #[error("the proof's `ath` is not the hash of the access token of the request")]
    WrongAccessTokenHash,
    /// The access token, code or request is bound to another key.
    #[error("the proof's key is not the one that the token or code is bound to")]
    WrongKey,
}

/// The error code that a server responds with: `use_dpop_nonce` when a repeated request with
/// another nonce can succeed (RFC 9449, section 8), and `invalid_dpop_proof` otherwise.
#[must_use]
pub fn error_code(error: &Error) -> &'static str {
    match error {
        Error::Dpop(DpopError::MissingNonce | DpopError::WrongNonce) => "use_dpop_nonce",
        _ => "invalid_dpop_proof",
    }
}

//! The verifier's storage, signer and rules, which the caller of this crate implements.

use std::fmt;

use air_jwt::jwe::DecryptionKey;
use air_oid4vc::vp::{AuthorizationRequest, ErrorCode};
use serde_json::{Map, Value};

use crate::Failure;

/// Verifiers with their storage and signer. `verifier` is the `{id}` of the path, `request` the request's ID.
pub trait VerifierBackend: Clone + Send + Sync + 'static {
    /// Finds a request that has not ended and has no response yet.
    fn request(
        &self,
        verifier: &str,
        request: &str,
    ) -> impl Future<Output = Result<Option<OpenRequest>, Failure>> + Send;

    /// Signs a request object.
    fn sign(
        &self,
        verifier: &str,
        request: &AuthorizationRequest,
    ) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Verifies one presentation: the issuer and its signature, the proof of possession with this nonce and
    /// audience, and the validity.
    fn verify(
        &self,
        verifier: &str,
        presented: Presented<'_>,
    ) -> impl Future<Output = Result<VerifiedPresentation, VerifyError>> + Send;

    /// Stores the outcome, once. Returns the URL that the wallet opens next, if there is one.
    fn finish(
        &self,
        verifier: &str,
        request: &str,
        outcome: Outcome,
    ) -> impl Future<Output = Result<Option<String>, FinishError>> + Send;
}

/// A request without response.
#[derive(Debug)]
pub struct OpenRequest {
    /// The request, with [`response_uri`](super::response_uri) as its response URI.
    pub request: AuthorizationRequest,
    /// The key that decrypts the response, for the response mode `direct_post.jwt`. It belongs to this request alone.
    pub key: Option<DecryptionKey>,
}

/// One presentation of a response.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The format of the Credential Query.
    pub format: &'a str,
    /// The presentation.
    pub presentation: &'a str,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// The audience: the verifier's full client identifier.
    pub audience: &'a str,
}

/// Shows no presentation.
impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("format", &self.format)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// A presentation that was verified.
#[derive(Clone, PartialEq)]
pub struct VerifiedPresentation {
    /// The credential's type.
    pub vct: String,
    /// The other types that the credential's type is known as.
    pub other_types: Vec<String>,
    /// All disclosed claims.
    pub claims: Map<String, Value>,
    /// Whether the holder proved possession of the credential's key.
    pub is_holder_bound: bool,
    /// The backend's identifier of the credential.
    pub credential: String,
}

/// Shows the type only.
impl fmt::Debug for VerifiedPresentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedPresentation")
            .field("vct", &self.vct)
            .field("is_holder_bound", &self.is_holder_bound)
            .finish_non_exhaustive()
    }
}

/// The reason why a presentation was not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The presentation breaks a rule.
    Invalid {
        /// The rule, without personal values.
        reason: String,
    },
    /// The backend failed.
    Failure(Failure),
}

impl From<Failure> for VerifyError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The response satisfies the whole query: the ID of each answered Credential Query, and its presentations.
    Presented(Vec<(String, Vec<VerifiedPresentation>)>),
    /// The wallet refused.
    Refused(ErrorCode),
}

/// The reason why an outcome was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishError {
    /// The request has a response already, or has ended.
    Ended,
    /// The backend failed.
    Failure(Failure),
}

impl From<Failure> for FinishError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

//! The verifier's storage, signer and rules, which the caller of this crate implements.

use std::fmt;

use air_jwt::jwe::DecryptionKey;
use air_oid4vc::{
    dcql::Credential,
    vp::{AuthorizationRequest, ErrorCode},
};
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

    /// Verifies one presentation: the issuer and its signature, the proof of possession for this session, and
    /// the validity.
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
    /// The key that decrypts the response, if it is encrypted. It belongs to this request alone.
    pub key: Option<DecryptionKey>,
    /// The same request through the Digital Credentials API; absent if the verifier has no page for it.
    pub dc_api: Option<DcApiRequest>,
}

/// A request through the Digital Credentials API of browsers (OpenID4VP 1.0, appendix A). A
/// response to it ends the [`OpenRequest`] as well.
#[derive(Debug)]
pub struct DcApiRequest {
    /// The request, signed for this origin.
    pub request: AuthorizationRequest,
    /// The origin of the page that makes the request.
    pub origin: String,
}

/// How a response arrives, which an mdoc is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel<'a> {
    /// The wallet posts it to this response URI.
    ResponseUri(&'a str),
    /// A page of this origin receives it by the Digital Credentials API.
    DcApi(&'a str),
}

/// One presentation of a response.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// The ID of the request.
    pub request: &'a str,
    /// The format of the Credential Query.
    pub format: &'a str,
    /// The presentation.
    pub presentation: &'a str,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// The audience: the verifier's full client identifier, or `origin:` and the page's origin for
    /// the Digital Credentials API.
    pub audience: &'a str,
    /// How the response arrives.
    pub channel: Channel<'a>,
    /// The SHA-256 thumbprint (RFC 7638) of the key that the response is encrypted to, which an mdoc is bound
    /// to; `None` for a response that is not encrypted.
    pub encryption_key: Option<[u8; 32]>,
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
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedPresentation {
    /// The type and the claims.
    pub content: VerifiedContent,
    /// Whether the holder proved possession of the credential's key.
    pub is_holder_bound: bool,
    /// The backend's identifier of the credential.
    pub credential: String,
    /// The authority key identifiers of the certificates on the verified path of the credential's
    /// issuer, for the trusted authority type `aki`.
    pub authority_key_ids: Vec<Vec<u8>>,
    /// The claims of the verified key-binding JWT; empty for a presentation without one. They are
    /// checked against the transaction data of the request.
    pub key_binding_claims: Map<String, Value>,
    /// Further data of the backend about the credential. [`VerifierBackend::finish`] gets it back unchanged.
    pub details: Value,
}

/// The type and the disclosed claims of a presentation.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum VerifiedContent {
    /// `dc+sd-jwt`.
    SdJwtVc {
        /// The credential's type.
        vct: String,
        /// The other types that the credential's type is known as.
        other_types: Vec<String>,
        /// All disclosed claims.
        claims: Map<String, Value>,
    },
    /// `mso_mdoc`.
    Mdoc {
        /// The document type.
        doctype: String,
        /// An object of the disclosed elements for each namespace. The values are converted from CBOR to JSON
        /// (RFC 8949, 6.1).
        namespaces: Map<String, Value>,
    },
}

impl VerifiedContent {
    /// The content for a query.
    pub(super) fn as_credential(&self) -> Credential<'_> {
        match self {
            Self::SdJwtVc {
                vct,
                other_types,
                claims,
            } => other_types
                .iter()
                .fold(Credential::sd_jwt_vc(vct, claims), |credential, other| {
                    credential.with_type(other)
                }),
            Self::Mdoc { doctype, namespaces } => Credential::mdoc(doctype, namespaces),
        }
    }
}

/// Shows the type only.
impl fmt::Debug for VerifiedContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SdJwtVc { vct, .. } => f.debug_tuple("SdJwtVc").field(vct).finish(),
            Self::Mdoc { doctype, .. } => f.debug_tuple("Mdoc").field(doctype).finish(),
        }
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
    /// The response satisfies the whole query: the ID of each answered Credential Query, and its
    /// presentations.
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

//! Presentations of wallets: the verification of SD-JWT VCs and mdocs.

mod listed;
mod mdoc;
mod outside;
mod sd_jwt_vc;

use std::{fmt, sync::Arc};

use air_api::sandbox::CredentialFormat;
use air_ids::CoreClaimHash;
use serde_json::{Map, Value};

pub use self::outside::Outside;
use super::issuer;
use crate::{App, Refusal, trust_lists};
use air_store::partners::Partner;

/// A verified presentation.
pub struct Verified {
    /// The presented claims or documents.
    pub content: Content,
    /// Whether the holder proved possession of the credential's key.
    pub is_holder_bound: bool,
    /// The credential's `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The claims of the holder's proof; empty for an mdoc.
    pub key_binding_claims: Map<String, Value>,
    /// The authority key identifiers of the issuer's certificates, if a trust list was used.
    pub authority_key_ids: Vec<Vec<u8>>,
    /// The credential of an issuer outside this platform; `None` for a credential that the store has.
    pub outside: Option<Outside>,
}

/// The type and the disclosed claims of a presentation.
pub enum Content {
    /// An SD-JWT VC.
    SdJwtVc {
        /// The credential's type.
        vct: String,
        /// The other types that the credential claims, and that its issuer may issue.
        other_types: Vec<String>,
        /// All disclosed claims.
        claims: Map<String, Value>,
    },
    /// An mdoc.
    Mdoc {
        /// The document type.
        doctype: String,
        /// All disclosed elements by namespace.
        namespaces: Map<String, Value>,
    },
}

impl Content {
    pub(super) fn type_name(&self) -> &str {
        match self {
            Self::SdJwtVc { vct, .. } => vct,
            Self::Mdoc { doctype, .. } => doctype,
        }
    }

    /// The claims by attribute. The namespace of an mdoc's elements is its type.
    pub(super) fn claims(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::SdJwtVc { claims, .. } => Some(claims),
            Self::Mdoc { doctype, namespaces } => namespaces.get(doctype).and_then(Value::as_object),
        }
    }
}

/// Shows no claims.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Content").field(&self.type_name()).finish()
    }
}

/// Shows no claims.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// The reason why a presentation was not verified.
#[derive(Debug)]
pub enum NotVerified {
    /// The presentation breaks a rule.
    Invalid(String),
    /// The store or the platform refused.
    Refused(Refusal),
}

impl NotVerified {
    fn invalid(reason: impl fmt::Display) -> Self {
        Self::Invalid(reason.to_string())
    }
}

impl<E: Into<Refusal>> From<E> for NotVerified {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// How a response arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel<'a> {
    /// The wallet posts it to this URL.
    ResponseUri(&'a str),
    /// A page of this origin receives it by the Digital Credentials API.
    DcApi(&'a str),
}

/// The transaction to which a presentation is bound.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// The ID of the request.
    pub request_id: &'a str,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// The audience: the verifier's full client identifier, or the origin of its page with `origin:`.
    pub audience: &'a str,
    /// How the response arrives.
    pub channel: Channel<'a>,
    /// The SHA-256 thumbprint of the key that the response is encrypted to, if it is.
    pub encryption_key: Option<[u8; 32]>,
}

/// Verifies a presentation: a trusted issuer signed it, its holder proves possession of its key for this session, and it is valid by its own
/// times. Its status is part of the result. Trusted are the issuers of the trust list of the request's program, or else those of this
/// platform.
pub async fn verify(
    app: &App,
    format: CredentialFormat,
    presentation: &str,
    session: Session<'_>,
) -> Result<Verified, NotVerified> {
    let mut read = app.store.read().await?;
    let trust_list = trust_lists::of_request(app, &mut read, session.request_id).await?;
    drop(read);
    let trust_list = trust_list.as_deref();
    match format {
        CredentialFormat::SdJwtVc => sd_jwt_vc::verify(app, trust_list, presentation, session).await,
        CredentialFormat::Mdoc => mdoc::verify(app, trust_list, presentation, session).await,
        _ => Err(NotVerified::invalid("the format is not supported")),
    }
}

/// Returns the partner with this issuer identifier. Without a trust list, each partner of the platform is trusted, as in the platform's own
/// verification.
async fn trusted_issuer(app: &App, named: &str) -> Result<Option<Arc<Partner>>, Refusal> {
    let prefix = format!("{}/oid4vc/", app.public_url);
    match named.strip_prefix(&prefix) {
        // PostgreSQL has no text with the character U+0000.
        Some(partner_id) if partner_id.len() <= 128 && !partner_id.contains('\0') => {
            issuer::find_partner(app, partner_id).await
        }
        _ => Ok(None),
    }
}

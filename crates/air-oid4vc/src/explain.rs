//! Explanations of messages and tokens: kind, content and broken rules, in plain words.
//!
//! ```
//! use air_oid4vc::{UnixTime, explain::{Context, Kind, explain}};
//!
//! let offer = r#"{"credential_issuer":"http://issuer.example","credential_configuration_ids":["pid"]}"#;
//! let explanation = explain(offer, &Context::at(UnixTime::from_secs(1_800_000_000))).unwrap();
//! assert_eq!(explanation.kind, Kind::CredentialOffer);
//! assert_eq!(explanation.broken[0].section, Some("12.2.1"));      // an https URL
//! ```
//!
//! Offers, presentation requests and responses, DCQL queries, metadata, the messages of issuance, and the
//! signed tokens of OpenID4VCI and OpenID4VP are read as a recipient reads them. Of an encrypted message, the
//! header is read. Credentials are for the crates of their formats.
//!
//! Each check that needs more than the text is named in [`Explanation::unchecked`]: another party's key,
//! a nonce, the request that a proof is for. Codes, nonces and tokens do not occur in the parts.

mod attestations;
mod issuance;
mod messages;
mod requests;
mod responses;
mod signatures;
mod tokens;

use std::fmt;

use air_ids::UnixTime;
use air_jwt::{Jwk, jws::Unverified};
use serde_json::Value;

use crate::Error;

/// The maximum length of a text in bytes.
const LENGTH_LIMIT: usize = 1024 * 1024;
const OPENID4VCI: &str = "OpenID4VCI 1.0";
const OPENID4VP: &str = "OpenID4VP 1.0";

/// The knowledge of the reader beside the text.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The current time.
    pub now: UnixTime,
    /// The certificate that the token's `x5c` begins with, if the caller read one. Its chain may be
    /// unverified.
    pub certificate: Option<CertificateKey<'a>>,
}

/// The certificate of a signer, and its key.
#[derive(Clone, Copy, Debug)]
pub struct CertificateKey<'a> {
    /// The certificate in DER.
    pub der: &'a [u8],
    /// The DNS names of its subject alternative name.
    pub dns_names: &'a [&'a str],
    /// Its public key.
    pub key: &'a Jwk,
    /// Whether the caller checks the chain under trust anchors, and reports the result itself.
    pub is_chain_checked: bool,
}

impl Context<'_> {
    /// Only the time is known.
    #[must_use]
    pub fn at(now: UnixTime) -> Self {
        Self {
            now,
            certificate: None,
        }
    }
}

/// The kind of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A credential offer, or the link to one.
    CredentialOffer,
    /// The metadata of an issuer.
    IssuerMetadata,
    /// The signed metadata of an issuer.
    SignedIssuerMetadata,
    /// The metadata of an authorization server.
    AuthorizationServerMetadata,
    /// A request for an access token.
    TokenRequest,
    /// The response to a token request.
    TokenResponse,
    /// The response of a nonce endpoint.
    NonceResponse,
    /// A request for credentials.
    CredentialRequest,
    /// A request for credentials that were deferred.
    DeferredCredentialRequest,
    /// The response to a credential request.
    CredentialResponse,
    /// A wallet's notification about issued credentials.
    Notification,
    /// The error response of an issuer or a server.
    ErrorResponse,
    /// A presentation request, or the link to one.
    PresentationRequest,
    /// A signed presentation request.
    RequestObject,
    /// A DCQL query.
    Query,
    /// A wallet's response to a presentation request.
    PresentationResponse,
    /// An encrypted message.
    EncryptedMessage,
    /// A wallet's proof for a new credential.
    KeyProof,
    /// A DPoP proof.
    DpopProof,
    /// An access token.
    AccessToken,
    /// An attestation about a wallet or its keys.
    Attestation,
    /// A signed token of another type.
    OtherToken,
}

impl Kind {
    /// The stable name, such as `credentialOffer`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CredentialOffer => "credentialOffer",
            Self::IssuerMetadata => "issuerMetadata",
            Self::SignedIssuerMetadata => "signedIssuerMetadata",
            Self::AuthorizationServerMetadata => "authorizationServerMetadata",
            Self::TokenRequest => "tokenRequest",
            Self::TokenResponse => "tokenResponse",
            Self::NonceResponse => "nonceResponse",
            Self::CredentialRequest => "credentialRequest",
            Self::DeferredCredentialRequest => "deferredCredentialRequest",
            Self::CredentialResponse => "credentialResponse",
            Self::Notification => "notification",
            Self::ErrorResponse => "errorResponse",
            Self::PresentationRequest => "presentationRequest",
            Self::RequestObject => "requestObject",
            Self::Query => "dcqlQuery",
            Self::PresentationResponse => "presentationResponse",
            Self::EncryptedMessage => "encryptedMessage",
            Self::KeyProof => "keyProof",
            Self::DpopProof => "dpopProof",
            Self::AccessToken => "accessToken",
            Self::Attestation => "attestation",
            Self::OtherToken => "token",
        }
    }

    /// The specification and the section that define the members of the message; `None` if several do.
    const fn definition(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::CredentialOffer => (OPENID4VCI, "4.1.1"),
            Self::IssuerMetadata => (OPENID4VCI, "12.2.4"),
            Self::SignedIssuerMetadata => (OPENID4VCI, "12.2.3"),
            Self::AuthorizationServerMetadata => ("RFC 8414", "2"),
            Self::TokenRequest => (OPENID4VCI, "6.1"),
            Self::TokenResponse => (OPENID4VCI, "6.2"),
            Self::NonceResponse => (OPENID4VCI, "7.2"),
            Self::CredentialRequest => (OPENID4VCI, "8.2"),
            Self::DeferredCredentialRequest => (OPENID4VCI, "9.1"),
            Self::CredentialResponse => (OPENID4VCI, "8.3"),
            Self::Notification => (OPENID4VCI, "11.1"),
            Self::ErrorResponse => (OPENID4VCI, "8.3.1"),
            Self::PresentationRequest | Self::RequestObject => (OPENID4VP, "5"),
            Self::Query => (OPENID4VP, "6"),
            Self::PresentationResponse => (OPENID4VP, "8"),
            Self::KeyProof => (OPENID4VCI, "F.1"),
            Self::Attestation => (OPENID4VCI, "D.1"),
            Self::EncryptedMessage | Self::DpopProof | Self::AccessToken | Self::OtherToken => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CredentialOffer => "a credential offer (OpenID4VCI 1.0, section 4)",
            Self::IssuerMetadata => "an issuer's metadata (OpenID4VCI 1.0, section 12.2)",
            Self::SignedIssuerMetadata => "an issuer's signed metadata (OpenID4VCI 1.0, section 12.2.3)",
            Self::AuthorizationServerMetadata => "an authorization server's metadata (RFC 8414)",
            Self::TokenRequest => "a request for an access token (RFC 6749; OpenID4VCI 1.0, section 6.1)",
            Self::TokenResponse => "a response with an access token (RFC 6749; OpenID4VCI 1.0, section 6.2)",
            Self::NonceResponse => "a response of a nonce endpoint (OpenID4VCI 1.0, section 7.2)",
            Self::CredentialRequest => "a credential request (OpenID4VCI 1.0, section 8.2)",
            Self::DeferredCredentialRequest => "a deferred credential request (OpenID4VCI 1.0, section 9.1)",
            Self::CredentialResponse => "a credential response (OpenID4VCI 1.0, section 8.3)",
            Self::Notification => "a wallet's notification about credentials (OpenID4VCI 1.0, section 11.1)",
            Self::ErrorResponse => "an error response (RFC 6749, section 5.2; OpenID4VCI 1.0, section 8.3.1)",
            Self::PresentationRequest => "a presentation request (OpenID4VP 1.0, section 5)",
            Self::RequestObject => "a signed presentation request (OpenID4VP 1.0, section 5; RFC 9101)",
            Self::Query => "a DCQL query (OpenID4VP 1.0, section 6)",
            Self::PresentationResponse => "a response to a presentation request (OpenID4VP 1.0, section 8)",
            Self::EncryptedMessage => "an encrypted message (RFC 7516)",
            Self::KeyProof => "a wallet's key proof for a new credential (OpenID4VCI 1.0, appendix F.1)",
            Self::DpopProof => "a DPoP proof (RFC 9449)",
            Self::AccessToken => "an access token (RFC 9068)",
            Self::Attestation => "an attestation about a wallet or its keys",
            Self::OtherToken => "a signed token (RFC 7515)",
        })
    }
}

/// The kind of a text, its content and the rules that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The kind of the text.
    pub kind: Kind,
    /// The content, part by part.
    pub parts: Vec<Part>,
    /// The broken rules. Reading stops at some of them, so that others may follow.
    pub broken: Vec<BrokenRule>,
    /// The checks that need more than the text.
    pub unchecked: Vec<&'static str>,
}

/// One statement of a message or token. It comes from the author of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name of the part.
    pub name: &'static str,
    /// Its content.
    pub text: String,
}

/// A rule that a text breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The specification that states the rule, such as `OpenID4VCI 1.0`; absent for a limit of this crate.
    pub specification: Option<&'static str>,
    /// The section.
    pub section: Option<&'static str>,
    /// The place, the rule and the remedy.
    pub message: String,
}

impl BrokenRule {
    /// A broken rule of a section.
    #[must_use]
    pub fn of(specification: &'static str, section: &'static str, message: impl Into<String>) -> Self {
        Self {
            specification: Some(specification),
            section: Some(section),
            message: message.into(),
        }
    }
}

impl From<&Error> for BrokenRule {
    fn from(error: &Error) -> Self {
        let (specification, section) = error.reference();
        Self {
            specification,
            section,
            message: error.to_string(),
        }
    }
}

impl Explanation {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            parts: Vec::new(),
            broken: Vec::new(),
            unchecked: Vec::new(),
        }
    }

    fn part(&mut self, name: &'static str, text: impl Into<String>) {
        let text = text.into();
        self.parts.push(Part { name, text });
    }

    /// Adds a member that is a string.
    fn text(&mut self, name: &'static str, value: Option<&Value>) {
        if let Some(text) = value.and_then(Value::as_str) {
            self.part(name, text);
        }
    }

    /// Adds the rule that an error names. A general rule, such as that a member must be present, is that of
    /// the section that defines this kind of message.
    fn refused(&mut self, error: &Error) {
        let rule = BrokenRule::from(error);
        let is_general = matches!(rule.specification, Some(OPENID4VCI | OPENID4VP)) && rule.section.is_none();
        self.broken.push(match self.kind.definition() {
            Some((specification, section)) if is_general => {
                BrokenRule::of(specification, section, rule.message)
            }
            _ => rule,
        });
    }

    fn breaks(&mut self, specification: &'static str, section: &'static str, message: &str) {
        self.broken.push(BrokenRule::of(specification, section, message));
    }
}

/// Explains a text; `None` if it is of no known [`Kind`].
#[must_use]
pub fn explain(text: &str, context: &Context<'_>) -> Option<Explanation> {
    let text = text.trim();
    if text.len() > LENGTH_LIMIT {
        return None;
    }
    if text.starts_with('{') {
        return messages::of_json(text, context);
    }
    if text.contains("://") {
        return messages::of_link(text);
    }
    if text.contains('=') {
        return messages::of_form(text);
    }
    if let Some(explanation) = responses::of_jwe(text) {
        return Some(explanation);
    }
    let token = Unverified::parse(text, LENGTH_LIMIT).ok()?;
    Some(tokens::of(text, &token, context))
}

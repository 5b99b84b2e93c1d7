//! The crate's error: a variant for each kind of refusal, with the rule and its section.

use std::fmt;

use serde_json::{Map, Value};

use crate::{dcql, form, oauth, vci, vp};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The reason why a document was refused. No variant contains a claim's value, a token or a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The document exceeds its limit.
    #[error("the {document} is {length} bytes long: must be at most {limit}")]
    TooLong {
        /// The kind of the document.
        document: Document,
        /// Its length in bytes.
        length: usize,
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The document is not JSON, or breaks a rule of strict JSON.
    #[error("the {document} was refused: {reason}")]
    Json {
        /// The kind of the document.
        document: Document,
        /// The violated rule.
        #[source]
        reason: air_json::Error,
    },
    /// The document contains the character U+0000, which databases such as PostgreSQL do not store in text.
    #[error("the {document} contains the character U+0000: remove it")]
    Nul {
        /// The kind of the document.
        document: Document,
    },
    /// A DCQL query breaks a rule.
    #[error("invalid DCQL query: {pointer} {rule}{}", Section(rule.section()))]
    Query {
        /// The JSON Pointer of the member.
        pointer: String,
        /// The rule.
        rule: dcql::Rule,
    },
    /// The wallet has no credential for a Credential Query that must be answered.
    #[error(
        "no credential matches the query `{query}`, so none may be presented (OpenID4VP 1.0, section 6.4.2)"
    )]
    NoMatch {
        /// The `id` of the Credential Query.
        query: String,
    },
    /// The wallet can satisfy no option of a required credential set.
    #[error(
        "no option of the required credential set {set} can be satisfied, so no credential may be presented (OpenID4VP 1.0, section 6.4.2)"
    )]
    NoOption {
        /// The index of the set in `credential_sets`.
        set: usize,
    },
    /// An answer breaks a rule for a Credential Query.
    #[error("the answer to the query `{query}` was refused: {rule}")]
    Answer {
        /// The `id` of the Credential Query.
        query: String,
        /// The rule.
        rule: dcql::AnswerRule,
    },
    /// An answer satisfies no option of a required credential set.
    #[error(
        "the answer satisfies no option of the required credential set {set} (OpenID4VP 1.0, section 6.4.2)"
    )]
    SetUnanswered {
        /// The index of the set in `credential_sets`.
        set: usize,
    },
    /// A token was refused: its form, size, key or signature.
    #[error("the {document} was refused: {source}")]
    Token {
        /// The kind of the token.
        document: Document,
        /// The violated rule.
        source: air_jwt::Error,
    },
    /// A remote key did not sign.
    #[error(transparent)]
    Signer(air_jwt::SignerError),
    /// A presentation request or response breaks a rule.
    #[error("invalid presentation request or response: {place} {rule}{}", Section(rule.section()))]
    Presentation {
        /// The parameter, as a JSON Pointer.
        place: String,
        /// The rule.
        rule: vp::Rule,
    },
    /// A message of the authorization code breaks a rule.
    #[error("invalid authorization message: {place} {rule}{}", Reference(rule.reference()))]
    Authorization {
        /// The parameter, as a JSON Pointer.
        place: String,
        /// The rule.
        rule: oauth::Rule,
    },
    /// A message of issuance breaks a rule.
    #[error("invalid issuance message: {place} {rule}{}", VciSection(rule.section()))]
    Issuance {
        /// The member, as a JSON Pointer.
        place: String,
        /// The rule.
        rule: vci::Rule,
    },
}

impl Error {
    /// The code of the error response that a wallet returns to the verifier (OpenID4VP 1.0, section
    /// 8.5). A wallet that has no matching credential returns the same code as after a user's
    /// refusal (section 15.4.1).
    #[must_use]
    pub fn code(&self) -> vp::ErrorCode {
        match self {
            Self::NoMatch { .. } | Self::NoOption { .. } => vp::ErrorCode::AccessDenied,
            Self::Presentation { rule, .. } => rule.code(),
            Self::Signer(_) => vp::ErrorCode::ServerError,
            Self::TooLong { .. }
            | Self::Json { .. }
            | Self::Nul { .. }
            | Self::Query { .. }
            | Self::Answer { .. }
            | Self::SetUnanswered { .. }
            | Self::Token { .. }
            | Self::Authorization { .. }
            | Self::Issuance { .. } => vp::ErrorCode::InvalidRequest,
        }
    }

    /// The specification and the section that state the broken rule, as far as there is one.
    #[must_use]
    pub fn reference(&self) -> (Option<&'static str>, Option<&'static str>) {
        const VP: Option<&str> = Some("OpenID4VP 1.0");
        const VCI: Option<&str> = Some("OpenID4VCI 1.0");
        match self {
            Self::Query {
                rule: dcql::Rule::Limit { .. },
                ..
            }
            | Self::Presentation {
                rule: vp::Rule::Limit { .. },
                ..
            }
            | Self::Issuance {
                rule: vci::Rule::Limit { .. },
                ..
            }
            | Self::TooLong { .. }
            | Self::Nul { .. }
            | Self::Signer(_) => (None, None),
            Self::Query { rule, .. } => (VP, rule.section()),
            Self::Presentation { rule, .. } => (VP, rule.section()),
            Self::Issuance { rule, .. } => (VCI, rule.section()),
            Self::NoMatch { .. } | Self::NoOption { .. } | Self::SetUnanswered { .. } => (VP, Some("6.4.2")),
            Self::Answer { .. } => (VP, Some("8.1")),
            Self::Json { .. } => (Some("RFC 8259"), None),
            Self::Token { source, .. } => match source {
                air_jwt::Error::BadSignature { .. } | air_jwt::Error::WrongAlgorithm { .. } => {
                    (Some("RFC 7515"), Some("5.2"))
                }
                _ => (Some("RFC 7515"), None),
            },
            Self::Authorization { rule, .. } => rule.reference().unzip(),
        }
    }

    /// An answer's broken rule. The id is the wallet's, so that only characters of ids are shown.
    pub(crate) fn answer(id: &str, rule: dcql::AnswerRule) -> Self {
        let is_shown = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let shown = id.chars().take(64).map(|c| if is_shown(&c) { c } else { '?' });
        Self::Answer {
            query: shown.collect(),
            rule,
        }
    }
}

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Document {
    /// A DCQL query.
    Query,
    /// A signed presentation request.
    RequestObject,
    /// A link to a wallet.
    Link,
    /// A wallet's request for a request object.
    RequestUriPost,
    /// A wallet's response to a presentation request.
    Response,
    /// A credential offer or its link.
    Offer,
    /// An issuer's metadata.
    IssuerMetadata,
    /// An authorization server's metadata.
    AuthorizationServerMetadata,
    /// A request for an access token.
    TokenRequest,
    /// The answer to a request for an access token.
    TokenResponse,
    /// The answer of a nonce endpoint.
    NonceResponse,
    /// A credential request, also a deferred one.
    CredentialRequest,
    /// The answer to a credential request.
    CredentialResponse,
    /// A key proof.
    Proof,
    /// A notification about issued credentials.
    Notification,
    /// An issuer's error response.
    IssuerError,
}

impl Document {
    /// Reads a document of at most `limit` bytes as strict JSON.
    pub(crate) fn read(self, json: &[u8], limit: usize) -> Result<Value, Error> {
        self.check_length(json.len(), limit)?;
        self.check_nul(json)?;
        air_json::read(json).map_err(|reason| Error::Json {
            document: self,
            reason,
        })
    }

    /// Reads the payload of a token in compact form, whose length is checked already, as strict JSON.
    pub(crate) fn read_payload(self, token: &str) -> Result<Map<String, Value>, Error> {
        let malformed = Error::Token {
            document: self,
            source: air_jwt::Error::MalformedToken {
                reason: "the payload is not a JSON object in base64url",
            },
        };
        let payload = token
            .split('.')
            .nth(1)
            .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let Some(payload) = payload else {
            return Err(malformed);
        };
        self.check_nul(&payload)?;
        air_json::read_object(&payload).map_err(|reason| Error::Json {
            document: self,
            reason,
        })
    }

    /// Reads parameters of a URL or a body. `repeated` is the error for a parameter that occurs twice, and
    /// for too many parameters.
    pub(crate) fn read_form(
        self,
        form: &[u8],
        repeated: impl FnOnce() -> Error,
    ) -> Result<Map<String, Value>, Error> {
        let parameters = form::parse(form).ok_or_else(repeated)?;
        let has_nul = |text: &str| text.contains('\0');
        if parameters
            .iter()
            .any(|(name, value)| has_nul(name) || value.as_str().is_some_and(has_nul))
        {
            return Err(Error::Nul { document: self });
        }
        Ok(parameters)
    }

    fn check_nul(self, json: &[u8]) -> Result<(), Error> {
        if air_json::has_nul(json) {
            return Err(Error::Nul { document: self });
        }
        Ok(())
    }

    pub(crate) fn check_length(self, length: usize, limit: usize) -> Result<(), Error> {
        if length <= limit {
            return Ok(());
        }
        Err(Error::TooLong {
            document: self,
            length,
            limit,
        })
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "DCQL query",
            Self::RequestObject => "request object",
            Self::Link => "link",
            Self::RequestUriPost => "request for a request object",
            Self::Response => "presentation response",
            Self::Offer => "credential offer",
            Self::IssuerMetadata => "issuer metadata",
            Self::AuthorizationServerMetadata => "authorization server metadata",
            Self::TokenRequest => "token request",
            Self::TokenResponse => "token response",
            Self::NonceResponse => "nonce response",
            Self::CredentialRequest => "credential request",
            Self::CredentialResponse => "credential response",
            Self::Proof => "key proof",
            Self::Notification => "notification",
            Self::IssuerError => "error response",
        })
    }
}

/// Writes a section of OpenID4VP 1.0, if there is one.
struct Section(Option<&'static str>);

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .map_or(Ok(()), |section| write!(f, " (OpenID4VP 1.0, section {section})"))
    }
}

/// Writes a specification and a section, if there are some.
struct Reference(Option<(&'static str, &'static str)>);

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(specification, section)| {
            write!(f, " ({specification}, section {section})")
        })
    }
}

/// Writes a section of OpenID4VCI 1.0, if there is one.
struct VciSection(Option<&'static str>);

impl fmt::Display for VciSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |section| {
            write!(f, " (OpenID4VCI 1.0, section {section})")
        })
    }
}

//! Client identifiers and their prefixes (OpenID4VP 1.0, section 5.9).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::rule::Rule;
use crate::{Error, web};

/// The maximum length of a client identifier in bytes.
const LENGTH_LIMIT: usize = 2048;

/// A client identifier. `Display` writes it with its prefix, which is how it occurs everywhere, also
/// as the audience of a presentation (section 14.8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientId {
    /// `redirect_uri:`, a verifier that is not authenticated, by its response URI.
    RedirectUri(String),
    /// `x509_hash:`, the SHA-256 hash of the leaf certificate.
    X509Hash([u8; 32]),
    /// `x509_san_dns:`, a DNS name of the leaf certificate.
    X509SanDns(String),
    /// `decentralized_identifier:`, a DID.
    Did(String),
    /// `verifier_attestation:`, the subject of a verifier attestation.
    VerifierAttestation(String),
    /// `openid_federation:`, an entity identifier.
    OpenidFederation(String),
    /// An identifier without a known prefix, which the wallet must know already.
    PreRegistered(String),
}

impl ClientId {
    /// The identifier of a verifier with this leaf certificate in DER.
    #[must_use]
    pub fn x509_hash(leaf: &[u8]) -> Self {
        Self::X509Hash(Sha256::digest(leaf).into())
    }

    /// Whether a request with this identifier must be signed. Without prefix, it depends on what the
    /// wallet knows of the verifier.
    #[must_use]
    pub fn requires_signature(&self) -> bool {
        !matches!(self, Self::RedirectUri(_) | Self::PreRegistered(_))
    }

    /// Checks that the certificate that signed the request is the one that the identifier names. The
    /// caller has verified the certificate's chain.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::Certificate`], also for the prefixes that are not of
    /// certificates.
    pub fn check_certificate(&self, leaf: &[u8], dns_names: &[&str]) -> Result<(), Error> {
        let is_named = match self {
            Self::X509Hash(hash) => *hash == <[u8; 32]>::from(Sha256::digest(leaf)),
            Self::X509SanDns(name) => dns_names.iter().any(|known| known.eq_ignore_ascii_case(name)),
            _ => false,
        };
        if is_named {
            Ok(())
        } else {
            Err(refused(Rule::Certificate))
        }
    }

    /// Checks that the verifier may receive the response at this URI.
    pub(super) fn check_response_uri(&self, uri: &str) -> Result<(), Rule> {
        match self {
            Self::RedirectUri(named) if named != uri => Err(Rule::ResponseUriOfClient),
            Self::X509SanDns(name) => {
                let url = web::endpoint(uri).ok_or(Rule::Url)?;
                let is_host = url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(name));
                if is_host {
                    Ok(())
                } else {
                    Err(Rule::ResponseHostOfClient)
                }
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for ClientId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(refused(Rule::ClientId));
        }
        if text.len() > LENGTH_LIMIT {
            return Err(refused(Rule::Limit { most: LENGTH_LIMIT }));
        }
        let Some((prefix, id)) = text.split_once(':') else {
            return Ok(Self::PreRegistered(text.to_owned()));
        };
        let checked = |is_valid: bool| {
            if is_valid {
                Ok(id.to_owned())
            } else {
                Err(refused(Rule::PrefixedId))
            }
        };
        match prefix {
            "redirect_uri" => checked(web::endpoint(id).is_some()).map(Self::RedirectUri),
            "x509_hash" => URL_SAFE_NO_PAD
                .decode(id)
                .ok()
                .and_then(|hash| hash.try_into().ok())
                .map(Self::X509Hash)
                .ok_or_else(|| refused(Rule::PrefixedId)),
            "x509_san_dns" => checked(is_dns_name(id)).map(Self::X509SanDns),
            "decentralized_identifier" => checked(is_did(id)).map(Self::Did),
            "verifier_attestation" => checked(!id.is_empty()).map(Self::VerifierAttestation),
            "openid_federation" => checked(web::endpoint(id).is_some()).map(Self::OpenidFederation),
            "origin" => Err(refused(Rule::OriginPrefix)),
            _ => Ok(Self::PreRegistered(text.to_owned())),
        }
    }
}

fn refused(rule: Rule) -> Error {
    Error::Presentation {
        place: "/client_id".into(),
        rule,
    }
}

fn is_dns_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(is_allowed)
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

fn is_did(text: &str) -> bool {
    let is_allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b':' | b'.' | b'-' | b'_' | b'%');
    let parts = text.strip_prefix("did:").and_then(|rest| rest.split_once(':'));
    parts.is_some_and(|(method, id)| !method.is_empty() && !id.is_empty() && text.bytes().all(is_allowed))
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RedirectUri(uri) => write!(f, "redirect_uri:{uri}"),
            Self::X509Hash(hash) => write!(f, "x509_hash:{}", URL_SAFE_NO_PAD.encode(hash)),
            Self::X509SanDns(name) => write!(f, "x509_san_dns:{name}"),
            Self::Did(did) => write!(f, "decentralized_identifier:{did}"),
            Self::VerifierAttestation(subject) => write!(f, "verifier_attestation:{subject}"),
            Self::OpenidFederation(entity) => write!(f, "openid_federation:{entity}"),
            Self::PreRegistered(id) => f.write_str(id),
        }
    }
}

//! A trust list: who may issue which type of credential, and who may ask for which. It brings DIDs,
//! pinned keys and certificates together.
//!
//! ```
//! use air_x509::trust_list::{Identity, TrustList};
//!
//! # fn main() -> Result<(), air_x509::Error> {
//! let list = TrustList::from_json(br#"{
//!     "issuers": [{ "name": "University", "did": "did:web:university.example", "types": ["urn:example:degree"] }],
//!     "verifiers": [{ "name": "Employer", "did": "did:web:employer.example", "types": "*" }]
//! }"#)?;
//!
//! let university = Identity::Did("did:web:university.example");
//! assert_eq!(list.issuer(university, "urn:example:degree")?.name(), "University");
//! assert!(list.issuer(university, "urn:eudi:pid:1").is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # The file
//!
//! A JSON object with `issuers` and `verifiers`, each an array of parties. A party has
//!
//! * `name`: what people call it;
//! * exactly one of
//!   * `did`: a DID, such as `did:web:university.example`. Its document has the keys;
//!   * `keys`: `{"id": …, "jwks": {"keys": […]}}`. The `id` is the issuer identifier or the client id,
//!     and the keys are pinned;
//!   * `x509`: `{"anchors": […], "names": […]}`. The anchors are certificates in PEM. The leaf must have
//!     one of the names as a DNS name or URI of its subject alternative name; without `names`, every
//!     leaf under the anchors is accepted. A renewed certificate of an anchor, with the same name and
//!     key, is the same anchor;
//! * `types`: the types (`vct`, `doctype`) that it may issue or ask for, or `"*"` for all. Several entries
//!   may have the same identity, each with types of its own.
//!
//! Other members are refused, so that a misspelt one does not widen what is trusted.

mod file;
mod issuer;

use std::collections::BTreeSet;

use air_jwt::{Jwk, JwkSet};

pub use issuer::{IssuerClaims, IssuerKeys};

use crate::{Anchors, Certificate, Error, ValidChain};

/// The credentials that each issuer may issue, and that each verifier may request.
#[derive(Clone, Debug, Default)]
pub struct TrustList {
    issuers: Vec<Party>,
    verifiers: Vec<Party>,
}

/// A trusted issuer or verifier.
#[derive(Clone, Debug)]
pub struct Party {
    name: String,
    trust: Trust,
    types: Types,
}

/// The identity of a party.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// A DID, whose document has the keys.
    Did(String),
    /// Pinned keys.
    Keys {
        /// The issuer identifier or the client id.
        id: String,
        /// Its keys.
        keys: JwkSet,
    },
    /// Certificate authorities.
    X509 {
        /// The authorities.
        anchors: Anchors,
        /// The names of which the leaf must have one; empty when every leaf is accepted.
        names: Vec<String>,
    },
}

#[derive(Clone, Debug)]
enum Types {
    All,
    Listed(BTreeSet<String>),
}

/// The verified identity of a party: what signed its token.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Identity<'a> {
    /// A key of this DID's document.
    Did(&'a str),
    /// A key that belongs to an identifier.
    Key {
        /// The issuer identifier or the client id.
        id: &'a str,
        /// The key that verified the token.
        key: &'a Jwk,
    },
    /// The leaf of a chain that was validated under [`TrustList::issuer_anchors`] or
    /// [`TrustList::verifier_anchors`].
    Certificate(&'a ValidChain),
}

impl TrustList {
    /// Reads the JSON form, of at most 1 MiB.
    ///
    /// # Errors
    /// [`Error::InvalidTrustList`] with the reason.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        file::read(json)
    }

    /// The issuer with this identity, if it may issue this type.
    ///
    /// # Errors
    /// [`Error::NotTrusted`] or [`Error::TypeNotPermitted`].
    pub fn issuer(&self, identity: Identity<'_>, credential_type: &str) -> Result<&Party, Error> {
        find(&self.issuers, identity, credential_type)
    }

    /// The verifier with this identity, if it may ask for this type.
    ///
    /// # Errors
    /// [`Error::NotTrusted`] or [`Error::TypeNotPermitted`].
    pub fn verifier(&self, identity: Identity<'_>, credential_type: &str) -> Result<&Party, Error> {
        find(&self.verifiers, identity, credential_type)
    }

    /// The anchors of all issuers, to validate the chain of a credential.
    ///
    /// # Errors
    /// [`Error::TooManyAnchors`].
    pub fn issuer_anchors(&self) -> Result<Anchors, Error> {
        anchors(&self.issuers)
    }

    /// The anchors of all verifiers, to validate the chain of a request.
    ///
    /// # Errors
    /// [`Error::TooManyAnchors`].
    pub fn verifier_anchors(&self) -> Result<Anchors, Error> {
        anchors(&self.verifiers)
    }

    /// The pinned keys of an issuer, of all its entries. Each entry has types of its own: check a key by
    /// [`Self::issuer`] before it verifies a credential.
    pub fn issuer_keys(&self, id: &str) -> impl Iterator<Item = &Jwk> {
        keys(&self.issuers, id)
    }

    /// The pinned keys of a verifier, of all its entries. Each entry has types of its own: check a key by
    /// [`Self::verifier`] before it verifies a request.
    pub fn verifier_keys(&self, id: &str) -> impl Iterator<Item = &Jwk> {
        keys(&self.verifiers, id)
    }

    /// The key identifiers of the authorities that may issue a type: the values of the trusted
    /// authority type `aki` in a DCQL query (OpenID4VP 1.0, 6.1.1.1), before base64url.
    pub fn authority_key_ids(&self, credential_type: &str) -> impl Iterator<Item = &[u8]> {
        self.issuers
            .iter()
            .filter(move |party| party.types.permit(credential_type))
            .filter_map(Party::anchors)
            .flat_map(Anchors::certificates)
            .filter_map(Certificate::subject_key_id)
    }

    /// As [`Self::authority_key_ids`], each once, if a query may demand one of them: certificate
    /// authorities alone may issue the type, and each has a key identifier. Otherwise `None`, since
    /// `aki` would exclude the other issuers.
    #[must_use]
    pub fn exclusive_authority_key_ids(&self, credential_type: &str) -> Option<Vec<&[u8]>> {
        let mut ids: Vec<&[u8]> = Vec::new();
        for party in self.issuers_of(credential_type) {
            for anchor in party.anchors()?.certificates() {
                let id = anchor.subject_key_id()?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        (!ids.is_empty()).then_some(ids)
    }

    /// The issuers that may issue a type.
    pub fn issuers_of(&self, credential_type: &str) -> impl Iterator<Item = &Party> {
        self.issuers
            .iter()
            .filter(move |party| party.types.permit(credential_type))
    }

    /// All issuers, in the order of the file.
    pub fn issuers(&self) -> impl Iterator<Item = &Party> {
        self.issuers.iter()
    }
}

impl Party {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identity.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The types that it may issue or ask for, in alphabetical order; `None` for all.
    #[must_use]
    pub fn types(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.types {
            Types::All => None,
            Types::Listed(types) => Some(types.iter().map(String::as_str)),
        }
    }

    fn anchors(&self) -> Option<&Anchors> {
        match &self.trust {
            Trust::X509 { anchors, .. } => Some(anchors),
            Trust::Did(_) | Trust::Keys { .. } => None,
        }
    }

    fn is(&self, identity: Identity<'_>) -> bool {
        match (&self.trust, identity) {
            (Trust::Did(own), Identity::Did(did)) => own == did,
            (Trust::Keys { id: own, keys }, Identity::Key { id, key }) => {
                own == id
                    && keys
                        .iter()
                        .any(|pinned| pinned.verifying_key() == key.verifying_key())
            }
            (Trust::X509 { anchors, names }, Identity::Certificate(chain)) => {
                let leaf = chain.leaf();
                // A renewed certificate of the same name and key is the same authority.
                anchors
                    .certificates()
                    .any(|anchor| anchor.is_same_authority(chain.anchor()))
                    && (names.is_empty()
                        || names
                            .iter()
                            .any(|name| leaf.has_dns_name(name) || leaf.has_uri(name)))
            }
            _ => false,
        }
    }
}

impl Types {
    fn permit(&self, credential_type: &str) -> bool {
        match self {
            Self::All => true,
            Self::Listed(types) => types.contains(credential_type),
        }
    }
}

/// A party may occur more than once, with other types each time.
fn find<'a>(parties: &'a [Party], identity: Identity<'_>, credential_type: &str) -> Result<&'a Party, Error> {
    let mut found = None;
    for party in parties.iter().filter(|party| party.is(identity)) {
        if party.types.permit(credential_type) {
            return Ok(party);
        }
        found = Some(party);
    }
    Err(match found {
        Some(party) => Error::TypeNotPermitted {
            party: party.name.clone(),
        },
        None => Error::NotTrusted,
    })
}

fn anchors(parties: &[Party]) -> Result<Anchors, Error> {
    let mut certificates: Vec<Certificate> = Vec::new();
    for certificate in parties
        .iter()
        .filter_map(Party::anchors)
        .flat_map(Anchors::certificates)
    {
        if !certificates.contains(certificate) {
            certificates.push(certificate.clone());
        }
    }
    Anchors::new(certificates)
}

fn keys<'a>(parties: &'a [Party], wanted: &str) -> impl Iterator<Item = &'a Jwk> {
    parties
        .iter()
        .filter_map(move |party| match &party.trust {
            Trust::Keys { id, keys } if id == wanted => Some(keys),
            _ => None,
        })
        .flatten()
}

//! Decentralised identifiers (W3C DID Core 1.0), and the keys of issuers.
//!
//! | method | support |
//! |---|---|
//! | `did:key` ([`DidKey`]) | a key of P-256 or RSA as an identifier; nothing is fetched |
//! | `did:jwk` ([`DidJwk`]) | the same as a JWK; nothing is fetched |
//! | `did:web` ([`DidWeb`]) | a document at an issuer's own host, over https |
//! | `did:air` ([`AirDid`]) | the platform's identifiers: parsed and checked; there is no public resolver yet |
//!
//! A [`DidDocument`] lists the keys with which an identifier makes assertions. [`IssuerMetadata`]
//! lists those of an issuer whose name is an https URL (`/.well-known/jwt-vc-issuer`). A
//! [`Resolver`] finds both. It fetches nothing itself: the caller provides a [`DocumentLoader`].
//!
//! ```
//! use std::collections::HashMap;
//!
//! use air_jwt::{JwkSet, SigningKey};
//! use air_vc::did::{Did, DidDocument, DidWeb, DocumentLoader, FetchFailure, Resolver};
//! use url::Url;
//!
//! // The issuer publishes its document.
//! let key = SigningKey::generate(&mut rand::rng());
//! let issuer: DidWeb = "did:web:issuer.example:eu".parse()?;
//! let document = DidDocument::for_issuer(issuer.did(), &JwkSet::from(key.public_jwk()));
//! assert_eq!(issuer.document_url().as_str(), "https://issuer.example/eu/did.json");
//!
//! // The verifier, whose configuration names the issuer, fetches it: here from a map, elsewhere with an HTTP client.
//! struct Pages(HashMap<String, String>);
//!
//! impl DocumentLoader for Pages {
//!     async fn get(&self, url: &Url, _limit: usize) -> Result<Vec<u8>, FetchFailure> {
//!         let page = self.0.get(url.as_str()).ok_or_else(|| FetchFailure::new("404"))?;
//!         Ok(page.clone().into_bytes())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let pages = Pages(HashMap::from([(issuer.document_url().to_string(), document.to_json())]));
//! let keys = Resolver::new(pages).issuer_keys("did:web:issuer.example:eu").await?;
//! assert!(keys.find(key.kid().as_str()).is_some());
//! # Ok::<(), air_vc::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Security
//! * A resolved key belongs to its issuer. It does not show whether to trust that issuer: anyone
//!   can create a `did:key`, and a web host costs little. Take the issuer's name from your
//!   configuration, compare it with the credential's `iss`, and only then resolve it. If you
//!   resolve any name in a credential, you trust its author, and untrusted parties choose
//!   the hosts that your server calls.
//! * A document is accepted only under its own name: its `id` must be the requested DID, and the
//!   `issuer` of metadata must be the requested `iss`. Keys with another controller are skipped.
//! * `did:web` and metadata are as secure as the host's DNS and TLS at the time of the request.
//!   `did:key` and `did:jwk` can't be rotated or withdrawn.

mod air;
mod document;
mod embedded;
mod jwk;
mod key;
mod location;
mod metadata;
mod multikey;
mod public_jwk;
mod resolve;
mod syntax;
mod web;
mod web_base;

pub use air::{AirDid, AirNetwork, AirType};
pub use document::{DidDocument, SkippedMethod, VerificationMethod};
pub use jwk::DidJwk;
pub use key::DidKey;
pub use metadata::{IssuerMetadata, IssuerUrl, MetadataKeys};
pub use resolve::{DocumentLoader, FetchFailure, NoDocuments, Resolver};
pub use syntax::{Did, DidUrl};
pub use web::DidWeb;
pub(crate) use web_base::{is_base_of, is_origin_of};

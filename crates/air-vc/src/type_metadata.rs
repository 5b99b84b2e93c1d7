//! Type metadata (SD-JWT VC, section 5): the names of a credential type and its claims.
//!
//! The caller provides the documents, since this crate fetches nothing:
//!
//! ```
//! use air_vc::type_metadata::TypeChain;
//!
//! let documents = [
//!     br#"{ "vct": "https://a.example/student", "extends": "https://a.example/person" }"#.as_slice(),
//!     br#"{ "vct": "https://a.example/person", "claims": [
//!         { "path": ["name"], "display": [{ "locale": "en", "label": "Full name" }] }
//!     ] }"#,
//! ];
//! let mut chain = TypeChain::new("https://a.example/student", None);
//! for document in documents {
//!     chain.add(document)?;
//! }
//! let credential_type = chain.finish()?;
//! assert_eq!(credential_type.label(&"name".parse()?, "en"), Some("Full name"));
//! # Ok::<(), air_vc::Error>(())
//! ```
//!
//! [`crate::Verifier::with_type_metadata`] checks that a credential conforms to its type.
//!
//! # Security
//! The documents are unverified statements of their publishers. Show their texts like other external
//! text: escaped, and truncated if they are long. A type that extends a known type proves nothing about
//! the issuer, which must be trusted for another reason.

mod chain;
mod claim;
mod conformity;
mod display;
mod document;

pub use chain::{CredentialType, TypeChain};
pub use claim::{ClaimMetadata, Disclosability, PathStep};
pub use display::Display;
pub use document::{DOCUMENT_LIMIT, TypeMetadata};

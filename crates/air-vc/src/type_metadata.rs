//! Type metadata (SD-JWT VC, section 5): what a credential type and its claims are called.
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
//! # Security
//! The documents are claims of whoever publishes them. Show their texts as you would show any other text
//! of others: escaped, and cut if they are long. A type that extends a known type says nothing about the
//! issuer: decide about the issuer by itself.

mod chain;
mod claim;
mod document;

pub use chain::{CredentialType, TypeChain};
pub use claim::{ClaimMetadata, Disclosability, PathStep};
pub use document::{DOCUMENT_LIMIT, Display, TypeMetadata};

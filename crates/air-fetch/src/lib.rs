#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod cache;
mod document;
mod documents;
mod error;
mod fetcher;
mod issuers;
mod jwks;
mod own;
mod reach;
mod redacted;
mod resolver;
mod span;

pub use cache::Cache;
pub use document::{Accept, Document};
pub use documents::{Documents, Fresh, Source};
pub use error::{FetchError, SetupError};
pub use fetcher::Fetcher;
pub use jwks::Fetched;
pub use reach::{Reach, is_loopback_url};
pub use redacted::redacted;

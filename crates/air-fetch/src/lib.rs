#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod cache;
mod document;
mod error;
#[cfg(feature = "evm")]
#[cfg_attr(docsrs, doc(cfg(feature = "evm")))]
pub mod evm;
mod exchange;
mod fetcher;
mod issuers;
mod jwks;
mod loader;
mod own;
mod policy;
mod proxy;
mod redacted;
mod resolver;
mod span;

pub use cache::Cache;
pub use document::{Accept, Document};
pub use error::{FetchError, SetupError};
pub use exchange::{Request, Response};
pub use fetcher::Fetcher;
pub use jwks::Fetched;
pub use loader::{CachedFor, DocumentLoader, Loader};
pub use policy::{NetworkPolicy, is_loopback_url};
pub use proxy::{InvalidProxy, Proxy};
pub use redacted::redacted;

//! Partners' JWK sets over HTTP: how the platform fetches them, so that a tool can look with the platform's eyes.

mod cache;
mod fetch;

pub(crate) use cache::Cache;
pub use fetch::{FetchError, Fetched, Fetcher, is_acceptable_url};

//! URLs and origins of the web, in the plain form of RFC 3986 that every URL parser reads alike.

mod authority;
mod origin;
mod url;

pub use origin::WebOrigin;
pub use url::WebUrl;
#[cfg(feature = "openapi")]
pub(crate) use {origin::pattern as origin_pattern, url::pattern as url_pattern};

//! Web URLs and origins, in the subset of RFC 3986 that all URL parsers interpret alike.

mod authority;
mod origin;
mod url;

pub use origin::WebOrigin;
pub use url::WebUrl;
#[cfg(feature = "openapi")]
pub(crate) use {origin::pattern as origin_pattern, url::pattern as url_pattern};

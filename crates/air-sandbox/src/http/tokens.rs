//! Tokens that a request carries in its headers.

use air_api::PARTNER_AUTH_HEADER;
use axum::http::{HeaderMap, header};

/// Returns the Partner JWT.
pub(crate) fn partner_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(PARTNER_AUTH_HEADER)?.to_str().ok()
}

/// Returns the token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

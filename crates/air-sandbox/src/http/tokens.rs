//! Tokens that a request carries in its headers, and the context of their verification.

use air_api::PARTNER_AUTH_HEADER;
use air_platform::request_log::RequestContext;
use axum::http::{Extensions, HeaderMap, header};

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

/// Returns the context of the verification of a request's token, from the request's extensions.
pub(crate) fn request_context(extensions: &Extensions) -> RequestContext {
    RequestContext {
        fault: extensions.get().copied().unwrap_or_default(),
        caller: extensions.get().cloned().unwrap_or_default(),
    }
}

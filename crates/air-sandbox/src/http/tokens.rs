//! Tokens that a request carries in its headers, and the fault that applies to their verification.

use air_api::PARTNER_AUTH_HEADER;
use air_platform::faults::TokenFault;
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

/// Returns the fault that applies to the verification of a request's token, from the request's extensions.
pub(crate) fn token_fault(extensions: &Extensions) -> TokenFault {
    extensions.get().copied().unwrap_or_default()
}

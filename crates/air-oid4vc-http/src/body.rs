//! Bodies under a limit. A handler reads one after it has identified the caller.

use air_oid4vc::vci::ErrorCode;
use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, StatusCode, header},
};

use crate::rejection::Rejection;

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Rejection> {
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit as u64) {
        return Err(Rejection::too_large(limit));
    }
    to_bytes(body, limit).await.map_err(|error| {
        if is_over_limit(&error) {
            Rejection::too_large(limit)
        } else {
            Rejection::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest.as_str())
                .describe("the body did not arrive in full")
        }
    })
}

/// Checks the media type, without its parameters.
pub(crate) fn is_typed(headers: &HeaderMap, expected: &str) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected))
}

/// Checks that a body is a form, before anything is spent on the request.
pub(crate) fn check_form(headers: &HeaderMap) -> Result<(), Rejection> {
    if is_typed(headers, "application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(Rejection::bad_request(&ErrorCode::InvalidRequest)
        .describe("the body must be application/x-www-form-urlencoded (RFC 6749, appendix B)"))
}

/// Whether the error of [`to_bytes`] is about the limit. The type of that error is not public.
fn is_over_limit(error: &axum::Error) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.any(|cause| cause.to_string().contains("limit"))
}

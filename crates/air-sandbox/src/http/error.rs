//! Error responses.

use std::sync::Arc;

use air_api::ErrorBody;
use air_http::status;
use air_platform::{
    Refusal,
    text::{MESSAGE_LIMIT, bounded},
};
use axum::{
    Extension, Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// The response for a refusal: its status and the platform's error body.
#[derive(Debug)]
pub(crate) struct ErrorResponse(pub(crate) Refusal);

impl From<Refusal> for ErrorResponse {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let mut response = error(status(refusal.kind()), refusal.message());
        if let Some(seconds) = refusal.seconds_to_wait() {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if refusal.is_stores() {
            response.extensions_mut().insert(StoreFailed);
        }
        response
    }
}

/// A response extension that marks a failure of the store, for metrics.
#[derive(Clone, Copy)]
pub(super) struct StoreFailed;

pub(crate) async fn no_such_route() -> Response {
    error(
        StatusCode::NOT_FOUND,
        "no such path; the documented API is below /v1, the local platform's below /sandbox/v1",
    )
}

pub(crate) async fn no_such_method() -> Response {
    error(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path does not take this method",
    )
}

/// The message of an error, for the request log.
#[derive(Clone)]
pub(super) struct Remedy(pub(super) Arc<str>);

pub(super) fn error(status: StatusCode, message: &str) -> Response {
    let message = bounded(message, MESSAGE_LIMIT);
    (
        status,
        Extension(Remedy(message.as_ref().into())),
        Json(ErrorBody {
            error: status.as_u16(),
            message: message.into_owned(),
        }),
    )
        .into_response()
}

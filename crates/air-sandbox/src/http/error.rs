//! Error responses. This is the one place that maps kinds of refusals to HTTP statuses.

use std::sync::Arc;

use air_api::ErrorBody;
use air_platform::{
    Refusal, RefusalKind,
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

/// Returns the HTTP status of a kind of refusal.
pub(super) fn status(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::BadRequest => StatusCode::BAD_REQUEST,
        RefusalKind::Unauthorized => StatusCode::UNAUTHORIZED,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::Gone => StatusCode::GONE,
        RefusalKind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusalKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        RefusalKind::InsufficientStorage => StatusCode::INSUFFICIENT_STORAGE,
        RefusalKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_refusal_has_its_status() {
        for (refusal, expected) in [
            (Refusal::bad_request(""), 400),
            (Refusal::unauthorized(""), 401),
            (Refusal::forbidden(""), 403),
            (Refusal::not_found(""), 404),
            (Refusal::too_slow(""), 408),
            (Refusal::conflict(""), 409),
            (Refusal::gone(""), 410),
            (Refusal::too_large(""), 413),
            (Refusal::unsupported_media_type(""), 415),
            (Refusal::unprocessable(""), 422),
            (Refusal::too_many(""), 429),
            (Refusal::internal(""), 500),
            (Refusal::unavailable(""), 503),
            (Refusal::insufficient_storage(""), 507),
        ] {
            let status = status(refusal.kind());
            assert_eq!(status.as_u16(), expected, "{refusal:?}");
            assert_eq!(
                refusal.kind().is_callers(),
                status.is_client_error(),
                "{refusal:?}"
            );
        }
    }
}

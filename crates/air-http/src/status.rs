//! The HTTP status of a refusal. This is the one place that maps kinds to statuses.

use air_platform::RefusalKind;
use axum::http::StatusCode;

/// Returns the HTTP status of a kind of refusal.
#[must_use]
pub fn status(kind: RefusalKind) -> StatusCode {
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

#[cfg(test)]
mod tests {
    use air_platform::Refusal;

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

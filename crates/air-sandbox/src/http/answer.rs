//! Responses: JSON, and the platform's error body.

use std::{borrow::Cow, sync::Arc};

use air_api::{ErrorBody, IDEMPOTENT_REPLAYED_HEADER};
use air_jwt::JwkSet;
use air_vc::status::StatusListToken;
use axum::{
    Extension, Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;

use super::api::{Description, Output};
use crate::{
    domain::{Refusal, RefusalKind, idempotency::IdempotentResponse},
    metrics::Metrics,
    text::{MESSAGE_LIMIT, bounded},
};

/// The response of a call: its JSON, or a refusal.
pub(crate) type Answer<T> = Result<Json<T>, Refusal>;

/// The response of a call that changes state.
pub(crate) type Changed<T> = Result<IdempotentResponse<T>, Refusal>;

/// A response extension that marks a failure of the store, for metrics.
#[derive(Clone, Copy)]
pub(super) struct StoreFailed;

impl<T: Serialize> IntoResponse for IdempotentResponse<T> {
    fn into_response(self) -> Response {
        let is_replayed = self.is_replayed();
        let mut response = Json(self.into_body()).into_response();
        if is_replayed {
            let headers = response.headers_mut();
            headers.insert(IDEMPOTENT_REPLAYED_HEADER, HeaderValue::from_static("true"));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = error(status(self.kind()), self.message());
        if let Some(seconds) = self.seconds_to_wait() {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.is_stores() {
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

/// Stored bytes as a response.
pub(crate) struct OctetStream(pub(crate) Vec<u8>);

impl OctetStream {
    const MEDIA_TYPE: &str = "application/octet-stream";
}

impl IntoResponse for OctetStream {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, Self::MEDIA_TYPE)], self.0).into_response()
    }
}

impl Output for OctetStream {
    fn describe(description: &mut Description<'_>) {
        description.answers_as(Self::MEDIA_TYPE, json!({}));
    }
}

/// A stream of server-sent events (HTML, 9.2).
pub(crate) struct EventStream(Response);

impl EventStream {
    pub(crate) fn new(stream: impl IntoResponse) -> Self {
        Self(stream.into_response())
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Output for EventStream {
    fn describe(description: &mut Description<'_>) {
        description.answers_as("text/event-stream", json!({ "type": "string" }));
    }
}

/// Text in the Prometheus format.
pub(crate) struct MetricsText(pub(crate) String);

impl IntoResponse for MetricsText {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, Metrics::MEDIA_TYPE)], self.0).into_response()
    }
}

impl Output for MetricsText {
    fn describe(description: &mut Description<'_>) {
        description.answers_as("text/plain", json!({ "type": "string" }));
    }
}

/// 201: a record was created.
pub(crate) struct Created<T>(pub(crate) IdempotentResponse<T>);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, self.0).into_response()
    }
}

impl<T: JsonSchema> Output for Created<T> {
    const IS_IDEMPOTENT: bool = true;

    fn describe(description: &mut Description<'_>) {
        IdempotentResponse::<T>::describe(description);
        description.is_created();
    }
}

/// A signed status list.
pub(crate) struct StatusListJwt(pub(crate) StatusListToken);

impl IntoResponse for StatusListJwt {
    fn into_response(self) -> Response {
        let media_type = [(header::CONTENT_TYPE, StatusListToken::MEDIA_TYPE)];
        (media_type, self.0.into_string()).into_response()
    }
}

impl Output for StatusListJwt {
    fn describe(description: &mut Description<'_>) {
        let compact = json!({ "type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$" });
        description.answers_as(StatusListToken::MEDIA_TYPE, compact);
    }
}

/// A JWK set (RFC 7517, section 5).
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct PublicKeys(pub(crate) JwkSet);

impl JsonSchema for PublicKeys {
    fn schema_name() -> Cow<'static, str> {
        "PublicKeys".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let member = json!({ "type": "string" });
        json_schema!({
            "type": "object",
            "description": "A JWK set (RFC 7517).",
            "properties": { "keys": { "type": "array", "items": {
                "type": "object",
                "properties": { "kty": member, "kid": member, "alg": member, "use": member, "crv": member, "x": member, "y": member },
                "required": ["kty", "kid"],
            } } },
            "required": ["keys"],
        })
    }
}

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

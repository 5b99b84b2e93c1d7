//! Answers: JSON, and the platform's error body.

use std::borrow::Cow;

use air_api::{ErrorBody, IDEMPOTENT_REPLAYED_HEADER};
use air_jwt::JwkSet;
use air_vc::status::StatusListToken;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;

use super::api::{Description, Output};
use crate::domain::{Refusal, once::Done};

/// What a call answers: its JSON, or why not.
pub(crate) type Answer<T> = Result<Json<T>, Refusal>;

/// What a call that changes something answers.
pub(crate) type Changed<T> = Result<Done<T>, Refusal>;

impl<T: Serialize> IntoResponse for Done<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.answer).into_response();
        if self.is_replayed {
            let headers = response.headers_mut();
            headers.insert(IDEMPOTENT_REPLAYED_HEADER, HeaderValue::from_static("true"));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        error(self.status(), self.message())
    }
}

/// Bytes as they were stored.
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

/// A status list, signed.
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

pub(super) fn error(status: StatusCode, message: &str) -> Response {
    (
        status,
        Json(ErrorBody {
            error: status.as_u16(),
            message: message.to_owned(),
        }),
    )
        .into_response()
}

//! Answers with an entity tag. A client that polls sends the tag back, and gets 304 until the
//! answer changes (RFC 9110, 13.1.2).

use std::convert::Infallible;

use air_http::etag;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    api::{Description, Input, JsonSchema, Output},
    error::ErrorResponse,
};
use air_platform::Refusal;

/// The request's `If-None-Match`.
pub(crate) struct IfNoneMatch(HeaderMap);

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}

impl Input for IfNoneMatch {
    fn describe(description: &mut Description<'_>) {
        description.header(
            "If-None-Match",
            "The ETag of an earlier answer. If nothing changed since, the answer is 304 without a body.",
            &json!({ "type": "string" }),
        );
    }
}

/// An answer for a client that may have it already.
pub(crate) struct Conditional<T> {
    pub(crate) answer: T,
    pub(crate) known: IfNoneMatch,
}

impl<T: Serialize + JsonSchema> Output for Conditional<T> {
    fn describe(description: &mut Description<'_>) {
        description.answers::<T>();
        description.has_entity_tag();
    }

    fn respond(self) -> Response {
        let Ok(body) = serde_json::to_vec(&self.answer) else {
            return ErrorResponse(Refusal::internal("an answer that is not JSON")).into_response();
        };
        let tag = format!("\"{}\"", hex::encode(Sha256::digest(&body)));
        let is_known = etag::is_known(&self.known.0, &tag);
        let tag = [(header::ETAG, tag)];
        if is_known {
            return (StatusCode::NOT_MODIFIED, tag).into_response();
        }
        (tag, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}

//! Answers: JSON, and the platform's error body.

use std::sync::Arc;

use air_api::{ErrorBody, IDEMPOTENT_REPLAYED_HEADER};
use axum::{
    Extension, Json,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::domain::{Refusal, once::Done};

/// What a call answers: its JSON, or why not.
pub(crate) type Answer<T> = Result<Json<T>, Refusal>;

/// What a call that changes something answers.
pub(crate) type Changed<T> = Result<Done<T>, Refusal>;

/// Goes with an answer when the store failed: who counts that sees it.
#[derive(Clone, Copy)]
pub(super) struct StoreFailed;

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
        let mut response = error(self.status(), self.message());
        if self.is_stores() {
            response.extensions_mut().insert(StoreFailed);
        }
        response
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

/// The sentence of an error, for the log.
#[derive(Clone)]
pub(super) struct Remedy(pub(super) Arc<str>);

pub(super) fn error(status: StatusCode, message: &str) -> Response {
    (
        status,
        Extension(Remedy(message.into())),
        Json(ErrorBody {
            error: status.as_u16(),
            message: message.to_owned(),
        }),
    )
        .into_response()
}

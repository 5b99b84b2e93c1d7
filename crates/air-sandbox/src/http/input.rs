//! What calls bring: JSON read into types once, and tokens from headers.

use air_api::PARTNER_AUTH_HEADER;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, header},
};
use serde::de::DeserializeOwned;

use crate::domain::Refusal;

/// A JSON body. What does not fit is refused with the name of the field, never with its value.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(&rejection))?;
        let mut deserializer = serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| describe(&error))?;
        deserializer
            .end()
            .map_err(|_| Refusal::bad_request("the body has more than one JSON value"))?;
        Ok(Self(body))
    }
}

/// The Partner JWT of `x-partner-auth`.
pub(crate) fn partner_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(PARTNER_AUTH_HEADER)?.to_str().ok()
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// A body that is too long or broke off.
pub(crate) fn unreadable(rejection: &BytesRejection) -> Refusal {
    if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::too_large("the body is longer than this call takes")
    } else {
        Refusal::bad_request("the body could not be read")
    }
}

/// serde's own sentence shows values, but for those about names.
fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    let inner = error.inner().to_string();
    let path = error.path().to_string();
    if inner.starts_with("missing field") || inner.starts_with("unknown field") {
        let sentence = inner.split(" at line ").next().unwrap_or_default();
        return Refusal::bad_request(format!("{sentence} (in `{path}`)"));
    }
    let (line, column) = (error.inner().line(), error.inner().column());
    match error.inner().classify() {
        serde_json::error::Category::Data => {
            Refusal::bad_request(format!("`{path}` is not valid (line {line}, column {column})"))
        }
        _ => Refusal::bad_request(format!("the body is not JSON (line {line}, column {column})")),
    }
}

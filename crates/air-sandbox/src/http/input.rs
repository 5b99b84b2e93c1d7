//! What calls bring: JSON read into types once, and tokens from headers.

use air_api::{IDEMPOTENCY_KEY_HEADER, IdempotencyKey, PARTNER_AUTH_HEADER};
use axum::{
    body::Bytes,
    extract::{FromRequest, OriginalUri, Request, rejection::BytesRejection},
    http::{HeaderMap, header},
};
use serde::de::DeserializeOwned;

use super::deadline;
use crate::domain::{Refusal, once::Call};

/// A JSON body. What does not fit is refused with the name of the field, never with its value.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(&rejection))?;
        read(&bytes).map(Self)
    }
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Refusal> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let body = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| describe(&error))?;
    deserializer
        .end()
        .map_err(|_| Refusal::bad_request("the body has more than one JSON value"))?;
    Ok(body)
}

/// A call that changes something: its JSON body, and its key where the caller gave one.
pub(crate) struct Keyed<T> {
    pub(crate) body: T,
    pub(crate) call: Option<Call>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Keyed<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let KeyedBytes { bytes, call } = KeyedBytes::from_request(request, state).await?;
        let body = read(&bytes)?;
        Ok(Self { body, call })
    }
}

/// The same for a body of bytes.
pub(crate) struct KeyedBytes {
    pub(crate) bytes: Bytes,
    pub(crate) call: Option<Call>,
}

impl<S: Send + Sync> FromRequest<S> for KeyedBytes {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let key = idempotency_key(request.headers())?;
        // As it was sent: a nested router takes its prefix off the request's own.
        let original = request.extensions().get::<OriginalUri>();
        let uri = original.map_or_else(|| request.uri().clone(), |OriginalUri(uri)| uri.clone());
        let method = request.method().clone();
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(&rejection))?;
        let call = key.map(|key| {
            let target = uri.path_and_query().map_or("", |target| target.as_str());
            Call::new(key, &[method.as_str().as_bytes(), target.as_bytes(), &bytes])
        });
        Ok(Self { bytes, call })
    }
}

/// The key of `Idempotency-Key`, if there is one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY_HEADER).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let refused = |reason: &dyn std::fmt::Display| Refusal::bad_request(format!("Idempotency-Key: {reason}"));
    if keys.next().is_some() {
        return Err(refused(&"there is more than one"));
    }
    let key = key.to_str().unwrap_or_default();
    key.parse().map(Some).map_err(|error| refused(&error))
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

/// A body that is too long, too slow, or broke off.
fn unreadable(rejection: &BytesRejection) -> Refusal {
    if deadline::TooSlow::is_in(rejection) {
        return Refusal::too_slow("the body did not come in time; send it again on another connection");
    }
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

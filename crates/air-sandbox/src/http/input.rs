//! What calls bring: JSON read into types once, and tokens from headers.

use std::convert::Infallible;

use air_api::{IDEMPOTENCY_KEY_HEADER, IdempotencyKey, PARTNER_AUTH_HEADER};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{
    api::{Description, Input},
    deadline,
};
use crate::domain::{Refusal, once::Call};

/// A part of the path, or a tuple of them.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(_) => Err(Refusal::bad_request(
                "a part of the path is not valid; a number is a whole one, from 1, and the rest is UTF-8",
            )),
        }
    }
}

impl<T: JsonSchema> Input for Path<T> {
    fn describe(description: &mut Description<'_>) {
        description.path::<T>();
    }
}

/// The Partner JWT of `x-partner-auth`, if there is one.
pub(crate) struct PartnerAuth(Option<String>);

impl PartnerAuth {
    pub(crate) fn token(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PartnerAuth {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(partner_token(&parts.headers).map(ToOwned::to_owned)))
    }
}

impl Input for PartnerAuth {
    fn describe(description: &mut Description<'_>) {
        description.needs("PartnerJwt");
    }
}

/// The user's session token of `Authorization: Bearer …`, if there is one.
pub(crate) struct UserSession(Option<String>);

impl UserSession {
    pub(crate) fn token(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserSession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(bearer(&parts.headers).map(ToOwned::to_owned)))
    }
}

impl Input for UserSession {
    fn describe(description: &mut Description<'_>) {
        description.needs("UserSession");
    }
}

/// A JSON body. What does not fit is refused with the name of the field, never with its value.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        check_is_json(request.headers())?;
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(&rejection))?;
        read(&bytes).map(Self)
    }
}

impl<T: JsonSchema> Input for Body<T> {
    fn describe(description: &mut Description<'_>) {
        description.takes::<T>();
    }
}

/// A body of another type is not guessed at; one that names none is taken for JSON.
fn check_is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let value = value.to_str().unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Refusal::unsupported_media_type(
            "the body must be JSON; send it with `Content-Type: application/json`",
        ))
    }
}

fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Refusal> {
    check_is_exact(json)?;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let body = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| describe(&error))?;
    deserializer
        .end()
        .map_err(|_| Refusal::bad_request("the body has more than one JSON value"))?;
    Ok(body)
}

/// A number that readers may round, or a member that occurs twice, would be signed as something else than the caller meant.
fn check_is_exact(json: &[u8]) -> Result<(), Refusal> {
    match air_json::check(json) {
        Err(error) if error.pointer().is_some() => Err(Refusal::bad_request(error.to_string())),
        // Text that is not JSON is refused by the parser, which knows the field.
        _ => Ok(()),
    }
}

/// A call that changes something: its JSON body, and its key where the caller gave one.
pub(crate) struct Keyed<T> {
    pub(crate) body: T,
    pub(crate) call: Option<Call>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Keyed<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        check_is_json(request.headers())?;
        let KeyedBytes { bytes, call } = KeyedBytes::from_request(request, state).await?;
        let body = read(&bytes)?;
        Ok(Self { body, call })
    }
}

impl<T: JsonSchema> Input for Keyed<T> {
    fn describe(description: &mut Description<'_>) {
        description.takes::<T>();
        takes_key(description);
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
        let uri = request.uri().clone();
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

impl Input for KeyedBytes {
    fn describe(description: &mut Description<'_>) {
        description.takes_as("application/octet-stream", json!({}));
        takes_key(description);
    }
}

fn takes_key(description: &mut Description<'_>) {
    let pattern = r#"^(?:"[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$"#;
    description.header(
        "Idempotency-Key",
        "Makes the call count once: the same key with the same call gets the same answer for 24 hours.",
        &json!({ "type": "string", "pattern": pattern, "examples": ["6f0d4b7e-5a0e-4a35-9a1c-3f7d2f6d5a10"] }),
    );
    description.refuses(422);
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

/// The Partner JWT.
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
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_body_with_a_member_twice_is_refused_by_its_place() {
        for (body, place) in [
            (r#"{"credentialSubject":{"a":1,"a":2}}"#, "/credentialSubject/a"),
            (
                r#"{"credentialSubject":{"a":[{"b":1,"\u0062":2}]}}"#,
                "/credentialSubject/a/0/b",
            ),
            (r#"{"credentialSubject":{"a":1e400}}"#, "/credentialSubject/a"),
        ] {
            let refused = read::<Value>(body.as_bytes()).unwrap_err();
            assert!(refused.message().contains(place), "{}", refused.message());
        }
        assert!(read::<Value>(br#"{"credentialSubject":{"a":0.1}}"#).is_ok());
    }
}

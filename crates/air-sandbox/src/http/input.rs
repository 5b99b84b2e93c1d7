//! Extractors of call input, which parse JSON into types once.

use std::{borrow::Cow, collections::BTreeMap};

use air_api::{IDEMPOTENCY_KEY_HEADER, IdempotencyKey};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::{json, value::RawValue};

use super::{
    api::{Description, Input, JsonSchema},
    budget, deadline,
    error::ErrorResponse,
};
use air_platform::{Refusal, idempotency::RequestKey, text::bounded};

/// The maximum length of a field's name in a message, in bytes.
const NAME_LIMIT: usize = 64;
/// The maximum length of a field's path in a message, in bytes.
const PATH_LIMIT: usize = 128;

/// Rejects a path or a query with the character U+0000 on every route: SQLite stores it, but PostgreSQL does
/// not support it in text.
pub(crate) async fn refuse_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    // A URI can contain the character only as this escape.
    let has_nul = |text: &str| text.contains("%00");
    if has_nul(uri.path()) || uri.query().is_some_and(has_nul) {
        let refusal =
            Refusal::bad_request("the path or the query contains U+0000 (`%00`), which is not allowed");
        return ErrorResponse(refusal).into_response();
    }
    next.run(request).await
}

/// A path parameter, or a tuple of them.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ErrorResponse> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(_) => Err(Refusal::bad_request(
                "a part of the path is invalid; numbers must be whole and at least 1, and text must be UTF-8",
            )
            .into()),
        }
    }
}

impl<T: JsonSchema> Input for Path<T> {
    fn describe(description: &mut Description<'_>) {
        description.path::<T>();
    }
}

/// A JSON body. The message for an invalid field contains its name, never its value.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ErrorResponse;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorResponse> {
        check_is_json(request.headers())?;
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(&rejection))?;
        Ok(Self(read(&bytes)?))
    }
}

impl<T: JsonSchema> Input for Body<T> {
    const READS_BODY: bool = true;

    fn describe(description: &mut Description<'_>) {
        description.takes::<T>();
    }
}

/// Rejects a body with a media type other than JSON. A body without a media type is treated as JSON.
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
    if air_json::has_nul(json) {
        return Err(Refusal::bad_request(
            "the body contains U+0000 (`\\u0000`), which is not allowed",
        ));
    }
    check_is_exact(json)?;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let body = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| describe(&error))?;
    deserializer
        .end()
        .map_err(|_| Refusal::bad_request("the body has more than one JSON value"))?;
    Ok(body)
}

/// The members whose values the platform signs, stores or compares unchanged. All others are parsed into
/// types.
const FREE_FORM: [&str; 5] = [
    "conditions",
    "credentialSubject",
    "schema",
    "schemas",
    "verificationPrograms",
];

/// Rejects a member that occurs twice or has a name that `serde_json` reserves, and in free-form
/// members a number that readers may round. The platform would sign another value than the caller
/// intended.
fn check_is_exact(json: &[u8]) -> Result<(), Refusal> {
    let refused = |error: &air_json::Error| Refusal::bad_request(error.to_string());
    if let Err(error @ (air_json::Error::DuplicateMember { .. } | air_json::Error::ReservedMember { .. })) =
        air_json::check(json)
    {
        return Err(refused(&error));
    }
    // The parser rejects text that is not JSON, because it knows the field.
    let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(json).unwrap_or_default();
    for name in FREE_FORM {
        let Some(value) = members.get(name) else { continue };
        let part = format!(r#"{{"{name}":{value}}}"#);
        air_json::check(part.as_bytes()).map_err(|error| refused(&error))?;
    }
    Ok(())
}

/// The JSON body of a request that changes state, and its optional `Idempotency-Key`. A handler that takes it
/// must return an `IdempotentResponse`.
pub(crate) struct Keyed<T> {
    pub(crate) body: T,
    pub(crate) request_key: Option<RequestKey>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Keyed<T> {
    type Rejection = ErrorResponse;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorResponse> {
        check_is_json(request.headers())?;
        let KeyedBytes {
            bytes, request_key, ..
        } = KeyedBytes::from_request(request, state).await?;
        let body = read(&bytes)?;
        Ok(Self { body, request_key })
    }
}

impl<T: JsonSchema> Input for Keyed<T> {
    const READS_BODY: bool = true;
    const TAKES_REQUEST_KEY: bool = true;

    fn describe(description: &mut Description<'_>) {
        description.takes::<T>();
        takes_key(description);
    }
}

/// A body of bytes with its optional `Idempotency-Key`. A large body reserves a part of the [`budget`] until
/// this is dropped.
pub(crate) struct KeyedBytes {
    pub(crate) bytes: Bytes,
    pub(crate) request_key: Option<RequestKey>,
    _reserved: budget::Reserved,
}

impl<S: Send + Sync> FromRequest<S> for KeyedBytes {
    type Rejection = ErrorResponse;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorResponse> {
        let key = idempotency_key(request.headers())?;
        let uri = request.uri().clone();
        let method = request.method().clone();
        let reserved = budget::reserve(&request)?;
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| unreadable(&rejection))?;
        let request_key = key.map(|key| {
            let target = uri.path_and_query().map_or("", |target| target.as_str());
            RequestKey::new(key, &[method.as_str().as_bytes(), target.as_bytes(), &bytes])
        });
        Ok(Self {
            bytes,
            request_key,
            _reserved: reserved,
        })
    }
}

impl Input for KeyedBytes {
    const READS_BODY: bool = true;
    const TAKES_REQUEST_KEY: bool = true;

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

/// Returns the key of the header `Idempotency-Key`, if present.
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

/// Returns the refusal of a body that is too long, too slow, or incomplete.
fn unreadable(rejection: &BytesRejection) -> Refusal {
    if deadline::TooSlow::is_in(rejection) {
        return Refusal::too_slow("the body did not arrive in time; send it again on a new connection");
    }
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::too_large("the body exceeds the limit of this call")
    } else {
        Refusal::bad_request("the body could not be read")
    }
}

/// Describes a parse error. serde's own message can contain values, so it is used only for errors about
/// names. Names come from the caller and are shortened.
fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    let path = error.path().to_string();
    let path = bounded(&path, PATH_LIMIT);
    let (line, column) = (error.inner().line(), error.inner().column());
    let inner = error.inner().to_string();
    let sentence = inner
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&inner);
    if sentence.starts_with("missing field") {
        return Refusal::bad_request(format!("{sentence} (in `{path}`)"));
    }
    if let Some((name, expected)) = unknown_field(sentence) {
        let name = bounded(name, NAME_LIMIT);
        return Refusal::bad_request(format!("unknown field `{name}`, {expected} (in `{path}`)"));
    }
    match error.inner().classify() {
        serde_json::error::Category::Data => {
            Refusal::bad_request(format!("`{path}` is not valid (line {line}, column {column})"))
        }
        _ => Refusal::bad_request(format!("the body is not JSON (line {line}, column {column})")),
    }
}

/// Extracts the unknown field and the expected names from serde's message.
fn unknown_field(sentence: &str) -> Option<(&str, &str)> {
    let named = sentence.strip_prefix("unknown field `")?;
    // The expected names are ours, so the last of these marks is serde's.
    let end = ["`, expected ", "`, there are no fields"]
        .iter()
        .filter_map(|mark| named.rfind(mark))
        .max()?;
    Some((named.get(..end)?, named.get(end..)?.trim_start_matches("`, ")))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn shortens_the_name_of_an_unknown_field() {
        let sentence = format!("unknown field `{}`, expected `a` or `b`", "`, expected x");
        assert_eq!(
            unknown_field(&sentence),
            Some(("`, expected x", "expected `a` or `b`"))
        );
        assert_eq!(
            unknown_field("unknown field `a`, there are no fields"),
            Some(("a", "there are no fields"))
        );
        assert_eq!(unknown_field("missing field `a`"), None);
    }

    #[test]
    fn an_ambiguous_body_is_refused_by_its_place() {
        for (body, place) in [
            (r#"{"credentialSubject":{"a":1,"a":2}}"#, "/credentialSubject/a"),
            (
                r#"{"credentialSubject":{"a":[{"b":1,"\u0062":2}]}}"#,
                "/credentialSubject/a/0/b",
            ),
            (r#"{"credentialSubject":{"a":1e400}}"#, "/credentialSubject/a"),
            (
                r#"{"conditions":[{"$serde_json::private::Number":"1e400"}]}"#,
                "/conditions/0/…",
            ),
            (r#"{"other":{"$serde_json::private::RawValue":"{}"}}"#, "/other/…"),
        ] {
            let refused = read::<Value>(body.as_bytes()).unwrap_err();
            assert!(refused.message().contains(place), "{}", refused.message());
        }
        assert!(read::<Value>(br#"{"credentialSubject":{"a":0.1}}"#).is_ok());
        assert!(
            read::<Value>(br#"{"ignored":18446744073709551615,"maximumIssuance":9007199254740993}"#).is_ok()
        );
        let hidden = br#"{"ignored":18446744073709551615,"credentialSubject":{"a":9007199254740993}}"#;
        assert!(read::<Value>(hidden).is_err());
    }
}

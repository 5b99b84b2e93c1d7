//! Refusals in the form of the vendor's service (NestJS): `{"statusCode", "message", "error"?}`. Errors that the
//! vendor's service does not have add `code`, and unexpected errors add `requestId`.

use std::time::Duration;

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{Error, request_context};

/// A refused request.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: Message,
    /// Whether the body has the name of the status, as NestJS does for exceptions with a custom text.
    is_named: bool,
    code: Option<&'static str>,
    request_id: Option<String>,
    retry_after: Option<u64>,
}

/// One text, or the list of broken rules.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Message {
    Text(String),
    Rules(Vec<String>),
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Message {
    fn from(rules: Vec<String>) -> Self {
        Self::Rules(rules)
    }
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<Message>) -> Self {
        Self {
            status,
            message: message.into(),
            is_named: true,
            code: None,
            request_id: None,
            retry_after: None,
        }
    }

    /// 400 with the list of broken rules.
    pub(super) fn invalid(rules: Vec<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, rules)
    }

    /// 400 with one text.
    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 403, for a wrong or missing API key.
    pub(super) fn forbidden() -> Self {
        Self {
            is_named: false,
            ..Self::new(StatusCode::FORBIDDEN, "Forbidden")
        }
    }

    /// 403, for a client whose address is not in `allow-from`.
    pub(super) fn not_allowed() -> Self {
        Self {
            code: Some("address_not_allowed"),
            ..Self::forbidden()
        }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message.into())
    }

    /// 409: an earlier call with the same idempotency key is in progress.
    pub(super) fn in_progress() -> Self {
        Self {
            code: Some("in_progress"),
            retry_after: Some(1),
            ..Self::new(
                StatusCode::CONFLICT,
                "the same call with this Idempotency-Key is in progress; try again",
            )
        }
    }

    /// 413.
    pub(super) fn too_large() -> Self {
        Self {
            is_named: false,
            ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large")
        }
    }

    /// 408.
    pub(super) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")
    }

    /// 422.
    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message.into())
    }

    /// 429: the caller is beyond its rate for this time.
    pub(super) fn too_many(message: &str, wait: Duration) -> Self {
        let seconds = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
        Self {
            code: Some("rate_limited"),
            retry_after: Some(seconds.max(1)),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, message)
        }
    }

    /// 501, for status lists that are off.
    pub(super) fn not_supported() -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "Not Supported")
    }

    /// 502: another service refused the request.
    pub(super) fn bad_gateway(code: &'static str, message: &str, retry_after: u64) -> Self {
        Self {
            code: Some(code),
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::BAD_GATEWAY, message)
        }
    }

    /// 503: the caller should try again after this number of seconds.
    pub(super) fn unavailable(code: &'static str, message: &str, retry_after: u64) -> Self {
        Self {
            code: Some(code),
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }

    /// 500 with the request's id, which the log has too. The reason is only logged.
    pub(super) fn internal(code: &'static str, reason: &dyn std::error::Error) -> Self {
        let request_id = request_context::current_id();
        let cause = reason.source().map(ToString::to_string);
        tracing::error!(%request_id, code, error = %reason, cause, "a request failed");
        Self {
            is_named: false,
            code: Some(code),
            request_id: Some(request_id),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
        }
    }

    #[cfg(test)]
    pub(super) fn message(&self) -> Value {
        json!(self.message)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if let Some(signer) = error.signer() {
            // The cause has neither a secret nor the signed content.
            let cause = std::error::Error::source(signer).map(ToString::to_string);
            let cause = cause.unwrap_or_default();
            tracing::error!(%cause, "a key did not sign");
            return Self::unavailable(
                "key_unavailable",
                "the signing key can't be used now; try again",
                5,
            );
        }
        match error.transient() {
            Some(cause) => {
                tracing::error!(error = %cause, "the database can't be used now");
                Self::unavailable(
                    "database_unavailable",
                    "the database can't be used now; try again",
                    5,
                )
            }
            None => Self::internal("internal", &error),
        }
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = Map::new();
        body.insert("message".into(), json!(self.message));
        if self.is_named
            && let Some(name) = self.status.canonical_reason()
        {
            body.insert("error".into(), json!(name));
        }
        body.insert("statusCode".into(), json!(self.status.as_u16()));
        if let Some(code) = self.code {
            body.insert("code".into(), json!(code));
        }
        if let Some(request_id) = self.request_id {
            body.insert("requestId".into(), json!(request_id));
        }
        let mut response = (self.status, Json(Value::Object(body))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, Executor, sqlite::SqliteConnectOptions};

    use super::*;

    #[tokio::test]
    async fn a_busy_database_is_a_503_and_a_broken_statement_a_500() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("test.sqlite"))
            .create_if_missing(true)
            .busy_timeout(Duration::ZERO);
        let (mut first, mut second) = (options.connect().await.unwrap(), options.connect().await.unwrap());
        first.execute("BEGIN IMMEDIATE").await.unwrap();
        let busy = second.execute("BEGIN IMMEDIATE").await.unwrap_err();
        assert_eq!(Refusal::from(busy).status, StatusCode::SERVICE_UNAVAILABLE);
        let broken = second.execute("SELECT * FROM absent").await.unwrap_err();
        assert_eq!(Refusal::from(broken).status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

//! Trace spans of requests, by OpenTelemetry's conventions for HTTP clients. A span contains only the host of
//! the URL, because a path may be a secret, for example in a callback URL.

use tracing::{Span, field::Empty};
use url::Url;

use crate::FetchError;

/// Creates the span of a request.
pub(crate) fn of(method: &'static str, url: &str) -> Span {
    let url = Url::parse(url).ok();
    tracing::info_span!(
        "fetch",
        otel.name = method,
        otel.kind = "client",
        otel.status_description = Empty,
        http.request.method = method,
        server.address = url.as_ref().and_then(Url::host_str),
        server.port = url.as_ref().and_then(Url::port_or_known_default).map(i64::from),
        http.response.status_code = Empty,
    )
}

/// Records the outcome of the request.
pub(crate) fn ended(span: &Span, outcome: Result<u16, FetchError>) {
    let status = match outcome {
        Ok(status) | Err(FetchError::Status { status } | FetchError::Redirect { status, .. }) => Some(status),
        Err(_) => None,
    };
    if let Some(status) = status {
        span.record("http.response.status_code", i64::from(status));
    }
    // A description marks the span as an error.
    match outcome {
        Ok(..400) => {}
        Ok(status) => drop(span.record(
            "otel.status_description",
            FetchError::Status { status }.to_string(),
        )),
        Err(error) => drop(span.record("otel.status_description", error.to_string())),
    }
}

//! What a trace has of a request: OpenTelemetry's conventions for HTTP clients, but of the URL its host alone. A path may be a secret, as a
//! callback's often is.

use tracing::{Span, field::Empty};
use url::Url;

use crate::FetchError;

/// The request's span, before it is sent.
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

/// How it ended.
pub(crate) fn ended(span: &Span, outcome: Result<u16, FetchError>) {
    let status = match outcome {
        Ok(status) | Err(FetchError::Status { status } | FetchError::Redirect { status, .. }) => Some(status),
        Err(_) => None,
    };
    if let Some(status) = status {
        span.record("http.response.status_code", i64::from(status));
    }
    // A description makes it an error.
    match outcome {
        Ok(..400) => {}
        Ok(status) => drop(span.record(
            "otel.status_description",
            FetchError::Status { status }.to_string(),
        )),
        Err(error) => drop(span.record("otel.status_description", error.to_string())),
    }
}

//! A request's span, by OpenTelemetry's conventions for HTTP servers. It contains the route's template
//! instead of the URL, because paths and queries identify credentials and people.

use axum::extract::{MatchedPath, Request};
use tracing::{Span, field::Empty};

use super::method;

/// The name for a method that HTTP does not define.
const OTHER: &str = "_OTHER";

/// Creates the span of a request in the caller's trace (`traceparent`).
pub(super) fn of(request: &Request, id: &str) -> Span {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        id,
        otel.name = Empty,
        otel.kind = Empty,
        otel.status_code = Empty,
        http.request.method = method::name(request.method()).unwrap_or(OTHER),
        http.route = route,
        http.response.status_code = Empty,
        "error.type" = Empty,
    );
    #[cfg(feature = "otel")]
    {
        span.record("otel.name", name(request.method(), route));
        span.record("otel.kind", "server");
        air_server::join_trace(&span, request.headers());
    }
    span
}

/// Records the response status in the current span.
pub(super) fn answered(status: u16) {
    let span = Span::current();
    span.record("http.response.status_code", i64::from(status));
    // A client error is not a server error.
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", status.to_string());
    }
}

#[cfg(feature = "otel")]
fn name(method: &axum::http::Method, route: Option<&str>) -> String {
    let method = method::name(method).unwrap_or("HTTP");
    route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"))
}

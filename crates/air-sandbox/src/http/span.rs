//! A request's span, by OpenTelemetry's conventions for HTTP servers. Of the URL it has the route's template alone: paths and queries name
//! credentials and people.

use axum::extract::{MatchedPath, Request};
use tracing::{Span, field::Empty};

use super::method;

/// Reported for a method that HTTP does not define.
const OTHER: &str = "_OTHER";

/// The span of a request, in the caller's trace (`traceparent`).
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
        crate::traces::join(&span, request.headers());
    }
    span
}

/// Says in the span that is current what was answered.
pub(super) fn answered(status: u16) {
    let span = Span::current();
    span.record("http.response.status_code", i64::from(status));
    // What the caller did wrong is no error of a server's.
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

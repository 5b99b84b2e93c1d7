//! Observability of requests: an id in the response and the log, one log event, counters, and headers for browsers
//! and caches. They contain the route's template, never a path, a query, a header or a body.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, Span, field::Empty};

use super::is_public;
use crate::{metrics::Called, request_context::RequestContext, state::State as Service};

/// The route of a request that no route matches.
const UNMATCHED: &str = "unmatched";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Headers for data: a browser must not guess another media type, run or frame the response, or send its URL as
/// a referrer. The proxy that terminates TLS should add `Strict-Transport-Security`.
const ALWAYS: [(HeaderName, HeaderValue); 3] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// Assigns an id to a request, logs and counts it, and completes the headers of its response.
pub(super) async fn observe(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let context = RequestContext::new(request.headers());
    let id: Arc<str> = context.id().into();
    let span = span(&request, &context);
    let is_public = is_public(request.uri().path());
    let route = request.extensions().get::<MatchedPath>();
    let called = Called {
        method: method(&request),
        route: route.map_or(UNMATCHED, MatchedPath::as_str).to_owned(),
    };
    let handled = async move {
        let mut response = next.run(request).await;
        let (status, duration) = (response.status().as_u16(), began.elapsed());
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status, milliseconds, "answered");
        service.metrics.answered(called, status, duration);
        Span::current().record("http.response.status_code", i64::from(status));
        complete(response.headers_mut(), &id, is_public);
        response
    };
    context.scope(handled.instrument(span)).await
}

/// The span of a request, by OpenTelemetry's conventions for HTTP servers.
fn span(request: &Request, context: &RequestContext) -> Span {
    let route = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        "request",
        id = context.id(),
        trace_id = context.trace_id(),
        otel.kind = Empty,
        otel.name = Empty,
        http.request.method = method(request),
        http.route = route.map(MatchedPath::as_str),
        http.response.status_code = Empty,
    );
    #[cfg(feature = "otel")]
    {
        let method = method(request);
        let name = route.map_or_else(
            || method.to_owned(),
            |route| format!("{method} {}", route.as_str()),
        );
        span.record("otel.kind", "server");
        span.record("otel.name", name);
        air_server::join_trace(&span, request.headers());
    }
    span
}

/// The name of a method that HTTP defines. A caller can invent others.
fn method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

/// Adds missing headers. Responses that are not public must not be cached.
fn complete(headers: &mut HeaderMap, id: &str, is_public: bool) {
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    if !is_public {
        let no_store = HeaderValue::from_static("no-store");
        headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

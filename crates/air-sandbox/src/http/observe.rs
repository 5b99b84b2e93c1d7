//! Observability of requests: a request id in the response, one log event, and a counter. They contain only
//! the route's template, never the path (it has ids), the query, a header or a body.

use std::time::Instant;

use air_api::REQUEST_ID_HEADER;
use axum::{
    extract::{MatchedPath, Request, State},
    http::HeaderValue,
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::{
    error::StoreFailed,
    logs::RequestId,
    method,
    metrics::{Called, HttpMetrics},
    span,
};
use air_platform::{App, ids, metrics::Work};

/// The route of a request that no route matches.
const UNMATCHED: &str = "unmatched";

/// Assigns an id to a request, logs it and counts it.
pub(crate) async fn observe(
    State((app, metrics)): State<(App, HttpMetrics)>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = ids::uuid();
    request.extensions_mut().insert(RequestId(id.clone()));
    let route = request.extensions().get::<MatchedPath>();
    let called = Called {
        method: method::name(request.method()).unwrap_or(method::OTHER),
        route: route.map_or(UNMATCHED, MatchedPath::as_str).to_owned(),
    };
    let span = span::of(&request, &id);
    async move {
        let mut response = next.run(request).await;
        let (status, duration) = (response.status().as_u16(), begun.elapsed());
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status, milliseconds, "answered");
        span::answered(status);
        if response.extensions().get::<StoreFailed>().is_some() {
            app.metrics.store_failed(Work::Call);
        }
        metrics.answered(called, status, duration);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID_HEADER, id);
        }
        response
    }
    .instrument(span)
    .await
}

//! Observability of requests: an id in the response, one event in the log, a count. They show only the route's template, never the
//! path (it has ids), the query, a header or a body.

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
    answer::{MetricsText, StoreFailed},
    logs::RequestId,
    method, span,
};
use crate::{
    domain::{App, Refusal},
    ids,
    metrics::{Called, Stored, Work},
};
use air_store::{credentials, ledger};

/// The route of a request that no route matches.
const UNMATCHED: &str = "unmatched";
/// Names, logs and counts a request.
pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
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
        app.metrics.answered(called, status, duration);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID_HEADER, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(app): State<App>) -> Result<MetricsText, Refusal> {
    let mut read = app.store.read().await?;
    let head = ledger::head(&mut read).await?;
    let stored = Stored {
        credentials: credentials::count(&mut read).await?,
        anchored: head.as_ref().map_or(0, |head| head.tree_size),
        pending: ledger::count_pending(&mut read).await?,
        blocks: head.map_or(0, |head| head.number),
        waiting: app.store.waiting() + i64::try_from(app.batcher.queued()).unwrap_or_default(),
    };
    let text = app.metrics.encode(stored).map_err(Refusal::internal)?;
    Ok(MetricsText(text))
}

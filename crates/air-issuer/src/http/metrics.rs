//! `GET /metrics` of the second listener.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderName, header},
};

use super::refusal::Refusal;
use crate::{metrics::Metrics, state::State as Service};

type Typed = ([(HeaderName, &'static str); 1], String);

pub(super) async fn metrics(State(service): State<Arc<Service>>) -> Result<Typed, Refusal> {
    let metrics = &service.metrics;
    metrics.refresh(&service.store, &service.clock).await?;
    let text = metrics
        .encode()
        .map_err(|error| Refusal::internal("internal", &error))?;
    Ok(([(header::CONTENT_TYPE, Metrics::MEDIA_TYPE)], text))
}

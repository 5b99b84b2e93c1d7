//! Probes of the process and the store, and metrics for Prometheus.

use air_store::{credentials, ledger};
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::{App, Refusal},
    http::{
        answer::{Answer, MetricsText},
        api::{Api, Tag, get},
    },
    metrics::Stored,
};

pub(super) fn routes(api: &mut Api) {
    api.add(
        get("/healthz", "health", Tag::Probes, "Tell that the process answers"),
        health,
    );
    api.add(
        get("/readyz", "ready", Tag::Probes, "Tell that the store answers"),
        ready,
    );
    api.add(
        get("/metrics", "metrics", Tag::Probes, "Figures for Prometheus").set_up(),
        metrics,
    );
}

/// What a probe answers.
#[derive(Serialize, JsonSchema)]
struct Probe {
    status: ProbeStatus,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ProbeStatus {
    Ok,
    Ready,
}

async fn health() -> Json<Probe> {
    let status = ProbeStatus::Ok;
    Json(Probe { status })
}

async fn ready(State(app): State<App>) -> Answer<Probe> {
    app.store.read().await?;
    let status = ProbeStatus::Ready;
    Ok(Json(Probe { status }))
}

async fn metrics(State(app): State<App>) -> Result<MetricsText, Refusal> {
    let mut read = app.store.read().await?;
    let head = ledger::head(&mut read).await?;
    let stored = Stored {
        credentials: credentials::count(&mut read).await?,
        anchored: head.as_ref().map_or(0, |head| head.tree_size),
        pending: ledger::count_pending(&mut read).await?,
        blocks: head.map_or(0, |head| head.number),
        waiting: app.store.waiting() + app.batcher.queued() as u64,
    };
    let text = app.metrics.encode(stored).map_err(Refusal::internal)?;
    Ok(MetricsText(text))
}

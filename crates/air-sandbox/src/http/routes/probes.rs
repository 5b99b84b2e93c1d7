//! Probes of the process and the store, and metrics for Prometheus.

use axum::{Extension, Json, extract::State};
use serde::Serialize;

use crate::http::{
    answer::{Answer, MetricsText},
    api::{Api, Tag, get},
    metrics::HttpMetrics,
};
use air_platform::{App, Refusal, metrics};

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
        figures,
    );
}

/// The answer of a probe.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Probe {
    status: ProbeStatus,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    app.check_store().await?;
    let status = ProbeStatus::Ready;
    Ok(Json(Probe { status }))
}

async fn figures(
    State(app): State<App>,
    Extension(metrics): Extension<HttpMetrics>,
) -> Result<MetricsText, Refusal> {
    let stored = metrics::stored(&app).await?;
    let text = metrics.encode(stored).map_err(Refusal::internal)?;
    Ok(MetricsText(text))
}

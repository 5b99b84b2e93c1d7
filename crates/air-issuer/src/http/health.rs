//! Health checks for load balancers.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::state::State as Service;

/// Reports that the process responds.
pub(super) async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Reports that the database responds, and that the keys in tokens and behind services sign. Migrations were checked at
/// the start.
pub(super) async fn readyz(State(service): State<Arc<Service>>) -> Result<Json<Value>, Refusal> {
    service.store.ping().await.map_err(|error| {
        tracing::error!(%error, "not ready: the database failed");
        Refusal::unavailable("not_ready", "the database can't be reached", 5)
    })?;
    let now = service.clock.now();
    if let Some(purpose) = service.readiness.find_unusable(&service.keys, now).await {
        tracing::error!(purpose, "not ready: a key does not sign");
        return Err(Refusal::unavailable(
            "key_unavailable",
            &format!("the key of {purpose} can't be used now"),
            5,
        ));
    }
    Ok(Json(json!({ "status": "ready" })))
}

//! Snapshots, and the way back to nothing. They take no `Idempotency-Key`: the kept answers are a part of what is replaced, and each call
//! sent twice leaves what one does.

use air_api::sandbox::{NewSnapshot, Snapshot, Snapshots};
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::Answer,
    input::{Body, Path},
};
use crate::domain::{App, Refusal, snapshots};

/// A snapshot's name in a path.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Name(#[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))] String);

pub(crate) async fn save(State(app): State<App>, Body(new): Body<NewSnapshot>) -> Answer<Snapshot> {
    snapshots::save(&app, &new.name).await.map(Json)
}

pub(crate) async fn list(State(app): State<App>) -> Answer<Snapshots> {
    snapshots::list(&app).map(Json)
}

pub(crate) async fn restore(State(app): State<App>, Path(Name(name)): Path<Name>) -> Answer<Snapshot> {
    let restored = to_the_end(async move { snapshots::restore(&app, &name).await });
    restored.await.map(Json)
}

pub(crate) async fn delete(State(app): State<App>, Path(Name(name)): Path<Name>) -> Answer<Snapshot> {
    snapshots::delete(&app, &name).await.map(Json)
}

pub(crate) async fn reset(State(app): State<App>) -> Answer<Value> {
    to_the_end(async move { snapshots::reset(&app).await }).await?;
    Ok(Json(json!({})))
}

/// Whether or not the caller stays: half of it would be a platform that is two.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::spawn(work).await.map_err(Refusal::internal)?
}

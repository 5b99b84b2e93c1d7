//! Snapshots and the reset. These calls take no `Idempotency-Key`: a restore and a reset also replace
//! the stored responses, and a repeated call leaves the state that one call leaves.

use air_api::sandbox::{NewSnapshot, Snapshot, Snapshots};
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{
    answer::Answer,
    api::{Api, Tag, delete, get, post},
    input::{Body, Path},
};
use air_platform::{App, Refusal, snapshots};

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::Operation;
    api.add(
        get("/sandbox/v1/snapshots", "snapshots", tag, "List the snapshots")
            .set_up()
            .refuses(&[409]),
        list,
    );
    api.add(
        post(
            "/sandbox/v1/snapshots",
            "saveSnapshot",
            tag,
            "Save the platform's state",
        )
        .set_up()
        .refuses(&[409])
        .example(|| json!({ "name": "seeded" })),
        save,
    );
    api.add(
        post(
            "/sandbox/v1/snapshots/{snapshot}/restore",
            "restoreSnapshot",
            tag,
            "Restore a snapshot",
        )
        .set_up()
        .refuses(&[404, 409]),
        restore,
    );
    api.add(
        delete(
            "/sandbox/v1/snapshots/{snapshot}",
            "deleteSnapshot",
            tag,
            "Delete a snapshot",
        )
        .set_up()
        .refuses(&[404, 409]),
        delete_snapshot,
    );
    api.add(
        post("/sandbox/v1/reset", "reset", tag, "Reset the platform")
            .set_up()
            .refuses(&[409]),
        reset,
    );
}

async fn list(State(app): State<App>) -> Answer<Snapshots> {
    snapshots::list(&app).map(Json)
}

async fn save(State(app): State<App>, Body(new): Body<NewSnapshot>) -> Answer<Snapshot> {
    snapshots::save(&app, &new.name).await.map(Json)
}

/// A snapshot's name in a path.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct Name(#[cfg_attr(test, schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")))] String);

async fn restore(State(app): State<App>, Path(Name(name)): Path<Name>) -> Answer<Snapshot> {
    let restored = to_the_end(async move { snapshots::restore(&app, &name).await });
    restored.await.map(Json)
}

async fn delete_snapshot(State(app): State<App>, Path(Name(name)): Path<Name>) -> Answer<Snapshot> {
    snapshots::delete(&app, &name).await.map(Json)
}

async fn reset(State(app): State<App>) -> Answer<Value> {
    to_the_end(async move { snapshots::reset(&app).await }).await?;
    Ok(Json(json!({})))
}

/// Completes the work even if the client disconnects: half of a restore would mix two states.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::spawn(work).await.map_err(Refusal::internal)?
}

//! The rules of the faults that are injected.

use air_api::sandbox::Faults;
use axum::{Json, extract::State};
use serde_json::json;

use crate::http::{
    answer::Answer,
    api::{Api, Tag, get, put},
    input::Body,
};
use air_platform::{App, faults};

pub(super) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/faults",
            "faults",
            Tag::Faults,
            "Show the active faults",
        )
        .set_up(),
        show,
    );
    api.add(
        put(
            "/sandbox/v1/faults",
            "setFaults",
            Tag::Faults,
            "Set the faults; {} removes all",
        )
        .set_up()
        .refuses(&[409])
        .example(|| {
            json!({ "rules": [{ "path": "/v1/credentials", "times": 2, "kind": "status", "status": 503 }] })
        }),
        set,
    );
}

async fn show(State(app): State<App>) -> Json<Faults> {
    Json(app.faults.all())
}

async fn set(State(app): State<App>, Body(rules): Body<Faults>) -> Answer<Faults> {
    faults::set(&app, rules).await.map(Json)
}

//! The platform's clock.

use air_api::sandbox::{MoveClock, PlatformClock};
use axum::{Json, extract::State};
use serde_json::json;

use crate::http::{
    answer::Changed,
    api::{Api, Tag, get, put},
    input::Keyed,
};
use air_platform::{App, clock};

pub(super) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/clock",
            "clock",
            Tag::Operation,
            "Get the platform's time",
        )
        .set_up(),
        show,
    );
    api.add(
        put(
            "/sandbox/v1/clock",
            "moveClock",
            Tag::Operation,
            "Move the platform's time forward",
        )
        .set_up()
        .example(|| json!({ "advanceSeconds": 60 })),
        advance,
    );
}

async fn show(State(app): State<App>) -> Json<PlatformClock> {
    Json(clock::read(&app))
}

async fn advance(
    State(app): State<App>,
    Keyed { body, request_key }: Keyed<MoveClock>,
) -> Changed<PlatformClock> {
    clock::set(&app, body, request_key).await
}

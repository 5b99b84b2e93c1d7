//! The seed: a partner with its schemas and programs.

use air_api::sandbox::{Seed, Seeded, SeededPartners};
use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{partners, programs, schemas};
use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, get, post},
    input::Keyed,
};
use air_platform::{App, seeding};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/seed",
            "seed",
            Tag::SetUp,
            "Set up a partner with its schemas and programs, all or nothing; existing ones stay",
        )
        .set_up()
        .refuses(&[404, 409])
        .example(example),
        seed,
    );
    api.add(
        get(
            "/sandbox/v1/seed",
            "seededPartners",
            Tag::SetUp,
            "List the seeded partners, with the ids of their schemas and programs",
        )
        .set_up(),
        list,
    );
}

fn example() -> Value {
    let mut schema = schemas::example();
    if let Some(members) = schema.as_object_mut() {
        members.insert("key".to_owned(), json!("age"));
    }
    json!({
        "partner": partners::example(),
        "schemas": [schema],
        "programs": [{ "key": "age", "schema": "age", "cak": false, "expiration": "90d", "publish": true }],
        "verificationPrograms": [{ "key": "age", "schema": "age", "conditions": [programs::example_condition()] }],
    })
}

async fn list(State(app): State<App>) -> Answer<SeededPartners> {
    seeding::list(&app).await.map(Json)
}

async fn seed(State(app): State<App>, Keyed { body, request_key }: Keyed<Seed>) -> Changed<Seeded> {
    seeding::seed(&app, body, request_key).await
}

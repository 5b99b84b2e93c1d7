//! The trust lists of verification programs.

use air_api::sandbox::{ReplaceTrustList, TrustedIssuers};
use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::http::{
    answer::Answer,
    api::{Api, Tag, delete, put},
    input::{Body, Path},
};
use air_platform::{App, trust_lists};

/// Adds the routes.
pub(super) fn routes(api: &mut Api) {
    api.add(
        put(
            "/sandbox/v1/verification-programs/{program}/trust-list",
            "replaceTrustList",
            Tag::SetUp,
            "Replace the trust list of a verification program: the issuers whose credentials it accepts",
        )
        .set_up()
        .refuses(&[404, 409])
        .example(|| json!({ "trustList": example_trust_list() })),
        replace,
    );
    api.add(
        delete(
            "/sandbox/v1/verification-programs/{program}/trust-list",
            "removeTrustList",
            Tag::SetUp,
            "Remove the trust list of a verification program, which then accepts the issuers of this platform",
        )
        .set_up()
        .refuses(&[404]),
        remove,
    );
}

async fn replace(
    State(app): State<App>,
    Path(program): Path<String>,
    Body(new): Body<ReplaceTrustList>,
) -> Answer<TrustedIssuers> {
    trust_lists::replace(&app, &program, new).await.map(Json)
}

async fn remove(State(app): State<App>, Path(program): Path<String>) -> Answer<TrustedIssuers> {
    trust_lists::remove(&app, &program).await.map(Json)
}

/// A trust list in the examples of request bodies.
fn example_trust_list() -> Value {
    json!({ "issuers": [{ "name": "University", "did": "did:web:university.example", "types": "*" }] })
}

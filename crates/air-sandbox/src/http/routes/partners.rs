//! Partners: accounts with their issuer and verifier.

use air_api::sandbox::{CreatedPartner, NewPartner};
use axum::extract::State;
use serde_json::{Value, json};

use crate::{
    domain::{App, setup},
    http::{
        answer::Changed,
        api::{Api, Tag, post},
        input::Keyed,
    },
};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/partners",
            "createPartner",
            Tag::SetUp,
            "Open an account, with its issuer and verifier",
        )
        .set_up()
        .example(example()),
        create,
    );
}

async fn create(
    State(app): State<App>,
    Keyed { body, request_key }: Keyed<NewPartner>,
) -> Changed<CreatedPartner> {
    setup::create_partner(&app, body, request_key).await
}

/// A partner in the examples of request bodies.
pub(super) fn example() -> Value {
    json!({ "name": "Zenith", "jwksUrl": "http://127.0.0.1:8400/jwks.json", "issueOnBehalf": true })
}

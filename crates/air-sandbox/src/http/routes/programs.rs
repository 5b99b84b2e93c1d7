//! Issuance programs and verification programs.

use air_api::sandbox::{
    CreateProgram, CreateVerificationProgram, CreatedProgram, CreatedVerificationProgram, Program,
};
use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{PARTNER, SCHEMA};
use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, get, post},
    input::{Keyed, Path},
};
use air_platform::{App, setup};

/// Adds the route that reads a program.
pub(super) fn catalogue_routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/programs/{program}",
            "program",
            Tag::Catalogue,
            "Show the parts of a program that a wallet needs before it issues",
        )
        .refuses(&[404]),
        show,
    );
}

async fn show(State(app): State<App>, Path(program): Path<String>) -> Answer<Program> {
    setup::program(&app, &program).await.map(Json)
}

/// Adds the routes that create programs.
pub(super) fn set_up_routes(api: &mut Api) {
    let tag = Tag::SetUp;
    api.add(
        post(
            "/sandbox/v1/programs",
            "createProgram",
            tag,
            "Create an issuance program",
        )
        .set_up()
        .refuses(&[404, 409])
        .example(|| json!({ "partnerId": PARTNER, "schemaId": SCHEMA, "expiration": "1y", "publish": true })),
        create,
    );
    api.add(
        post(
            "/sandbox/v1/verification-programs",
            "createVerificationProgram",
            tag,
            "Create a verification program",
        )
        .set_up()
        .refuses(&[404, 409])
        .example(|| json!({ "partnerId": PARTNER, "schemaId": SCHEMA, "conditions": [example_condition()] })),
        create_verification,
    );
    api.add(
        post(
            "/sandbox/v1/programs/{program}/publish",
            "publishProgram",
            tag,
            "Publish a draft; a published program stays published",
        )
        .set_up()
        .refuses(&[404, 409]),
        publish,
    );
}

async fn publish(State(app): State<App>, Path(program): Path<String>) -> Answer<Program> {
    setup::publish_program(&app, &program).await?;
    setup::program(&app, &program).await.map(Json)
}

async fn create(
    State(app): State<App>,
    Keyed { body, request_key }: Keyed<CreateProgram>,
) -> Changed<CreatedProgram> {
    setup::create_program(&app, body, request_key).await
}

async fn create_verification(
    State(app): State<App>,
    Keyed { body, request_key }: Keyed<CreateVerificationProgram>,
) -> Changed<CreatedVerificationProgram> {
    setup::create_verification_program(&app, body, request_key).await
}

/// A condition of a verification program in the examples of request bodies.
pub(super) fn example_condition() -> Value {
    json!({ "attribute": "isOver18", "operator": "equals", "value": true })
}

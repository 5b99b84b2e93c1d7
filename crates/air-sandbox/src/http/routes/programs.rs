//! Issuance programs and verification programs.

use air_api::sandbox::{
    CreateProgram, CreateVerificationProgram, CreatedProgram, CreatedVerificationProgram, Program,
    ReplaceTrustList, TrustedIssuers,
};
use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{PARTNER, SCHEMA};
use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, delete, get, post, put},
    input::{Body, Keyed, Path},
};
use air_platform::{App, setup, trust_lists};

/// Adds the route that reads a program.
pub(super) fn catalogue_routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/programs/{program}",
            "program",
            Tag::Catalogue,
            "Show what a wallet must know of a program before it issues",
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
        .refuses(&[404])
        .example(json!({ "partnerId": PARTNER, "schemaId": SCHEMA, "expiration": "1y", "publish": true })),
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
        .refuses(&[404])
        .example(json!({ "partnerId": PARTNER, "schemaId": SCHEMA, "conditions": [example_condition()] })),
        create_verification,
    );
    trust_list_routes(api);
    api.add(
        post(
            "/sandbox/v1/programs/{program}/publish",
            "publishProgram",
            tag,
            "Publish a draft; a published program stays published",
        )
        .set_up()
        .refuses(&[404]),
        publish,
    );
}

/// Adds the routes of the trust lists of verification programs.
fn trust_list_routes(api: &mut Api) {
    api.add(
        put(
            "/sandbox/v1/verification-programs/{program}/trust-list",
            "replaceTrustList",
            Tag::SetUp,
            "Replace the trust list of a verification program: the issuers whose credentials it accepts",
        )
        .set_up()
        .refuses(&[404])
        .example(json!({ "trustList": example_trust_list() })),
        replace_trust_list,
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
        remove_trust_list,
    );
}

async fn replace_trust_list(
    State(app): State<App>,
    Path(program): Path<String>,
    Body(new): Body<ReplaceTrustList>,
) -> Answer<TrustedIssuers> {
    trust_lists::replace(&app, &program, new).await.map(Json)
}

async fn remove_trust_list(State(app): State<App>, Path(program): Path<String>) -> Answer<TrustedIssuers> {
    trust_lists::remove(&app, &program).await.map(Json)
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

/// A trust list in the examples of request bodies.
fn example_trust_list() -> Value {
    json!({ "issuers": [{ "name": "University", "did": "did:web:university.example", "types": "*" }] })
}

/// A condition of a verification program in the examples of request bodies.
pub(super) fn example_condition() -> Value {
    json!({ "attribute": "isOver18", "operator": "equals", "value": true })
}

//! Schemas that partners publish.

use air_api::sandbox::{CreateSchema, CreatedSchema, PublishedSchema, SchemaPage, SchemaSearch};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde_json::{Value, json};

use super::PARTNER;
use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, get, post},
    input::{Keyed, Path},
};
use air_platform::{App, Refusal, catalogue, setup};

/// Adds the routes that read published schemas.
pub(super) fn catalogue_routes(api: &mut Api) {
    let tag = Tag::Catalogue;
    api.add(
        get(
            "/sandbox/v1/schemas",
            "searchSchemas",
            tag,
            "Search the published schemas by words",
        ),
        search,
    );
    api.add(
        get(
            "/sandbox/v1/schemas/{schema}",
            "schema",
            tag,
            "Show a schema as it was published",
        )
        .refuses(&[404]),
        show,
    );
}

async fn search(
    State(app): State<App>,
    query: Result<Query<SchemaSearch>, QueryRejection>,
) -> Answer<SchemaPage> {
    let Query(search) = query.map_err(|_| {
        Refusal::bad_request("invalid query: it may have q, page and limit; page and limit must be numbers")
    })?;
    catalogue::search(&app, &search).await.map(Json)
}

async fn show(State(app): State<App>, Path(schema): Path<String>) -> Answer<PublishedSchema> {
    catalogue::schema(&app, &schema).await.map(Json)
}

/// Adds the route that publishes a schema.
pub(super) fn set_up_routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/schemas",
            "createSchema",
            Tag::SetUp,
            "Publish a schema",
        )
        .set_up()
        .refuses(&[404])
        .example(|| json!({ "partnerId": PARTNER, "schema": example() })),
        create,
    );
}

async fn create(
    State(app): State<App>,
    Keyed { body, request_key }: Keyed<CreateSchema>,
) -> Changed<CreatedSchema> {
    setup::create_schema(&app, body, request_key).await
}

/// A schema in the examples of request bodies.
pub(super) fn example() -> Value {
    json!({
        "title": "Proof of age",
        "attributes": [{ "name": "isOver18", "type": "boolean", "required": true }],
    })
}

//! The documented catalogue, below `/v1/catalog`.

use air_api::catalogue::{
    CatalogueProgram, CatalogueSchema, CatalogueSearch, CredentialDetails, Envelope, Listing, Page,
    SearchResults,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};

use crate::http::{
    answer::Answer,
    api::{Api, Tag, get},
    input::Path,
};
use air_platform::{App, Refusal, catalogue::documented};

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::Catalogue;
    api.add(
        get("/v1/catalog/schemas", "catalogueSchemas", tag, "List the schemas"),
        schemas,
    );
    api.add(
        get(
            "/v1/catalog/schemas/{schema}",
            "catalogueSchema",
            tag,
            "Show a schema and the programs that use it",
        )
        .refuses(&[404]),
        schema,
    );
    api.add(
        get(
            "/v1/catalog/credentials/{credential}",
            "catalogueCredential",
            tag,
            "Show a published issuance program",
        )
        .refuses(&[404]),
        credential,
    );
    api.add(
        get(
            "/v1/catalog/programs",
            "cataloguePrograms",
            tag,
            "List the verification programs",
        ),
        programs,
    );
    api.add(
        get(
            "/v1/catalog/programs/{program}",
            "catalogueProgram",
            tag,
            "Show a verification program",
        )
        .refuses(&[404]),
        program,
    );
    api.add(
        get(
            "/v1/catalog/search",
            "catalogueSearch",
            tag,
            "Search credentials, issuers and programs by words",
        ),
        search,
    );
}

type Wrapped<T> = Answer<Envelope<T>>;
type ListingQuery = Result<Query<Listing>, QueryRejection>;

fn wrapped<T>(app: &App, data: T) -> Json<Envelope<T>> {
    Json(Envelope::success(
        data,
        app.platform_clock.now().as_secs().saturating_mul(1000),
    ))
}

fn listing(query: ListingQuery) -> Result<Listing, Refusal> {
    query.map(|Query(listing)| listing).map_err(|_| {
        Refusal::bad_request(
            "invalid query: page and limit must be numbers, sortBy createdAt or name, sortOrder ASC or DESC",
        )
    })
}

async fn schemas(State(app): State<App>, query: ListingQuery) -> Wrapped<Page<CatalogueSchema>> {
    Ok(wrapped(&app, documented::schemas(&app, listing(query)?).await?))
}

async fn schema(State(app): State<App>, Path(schema): Path<String>) -> Wrapped<CatalogueSchema> {
    Ok(wrapped(&app, documented::schema(&app, &schema).await?))
}

async fn credential(State(app): State<App>, Path(credential): Path<String>) -> Wrapped<CredentialDetails> {
    Ok(wrapped(&app, documented::credential(&app, &credential).await?))
}

async fn programs(State(app): State<App>, query: ListingQuery) -> Wrapped<Page<CatalogueProgram>> {
    Ok(wrapped(&app, documented::programs(&app, listing(query)?).await?))
}

async fn program(State(app): State<App>, Path(program): Path<String>) -> Wrapped<CatalogueProgram> {
    Ok(wrapped(&app, documented::program(&app, &program).await?))
}

async fn search(
    State(app): State<App>,
    query: Result<Query<CatalogueSearch>, QueryRejection>,
) -> Wrapped<SearchResults> {
    let Query(search) = query.map_err(|_| {
        Refusal::bad_request(
            "invalid query: it must have q, and may have page and limit, which must be numbers",
        )
    })?;
    Ok(wrapped(&app, documented::search(&app, search).await?))
}

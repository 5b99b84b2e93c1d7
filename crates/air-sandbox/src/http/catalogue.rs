//! The documented catalogue, below `/v1/catalog`.

use air_api::catalogue::{
    CatalogueProgram, CatalogueSchema, CatalogueSearch, CredentialDetails, Envelope, Listing, Page,
    SearchResults,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};

use super::{answer::Answer, input::Path};
use crate::domain::{App, Refusal, catalogue::documented};

type Wrapped<T> = Answer<Envelope<T>>;
type ListingQuery = Result<Query<Listing>, QueryRejection>;

fn wrapped<T>(app: &App, data: T) -> Json<Envelope<T>> {
    Json(Envelope::success(
        data,
        app.platform_clock.now().saturating_mul(1000),
    ))
}

fn listing(query: ListingQuery) -> Result<Listing, Refusal> {
    query.map(|Query(listing)| listing).map_err(|_| {
        Refusal::bad_request(
            "the query takes page, limit, sortBy (createdAt or name) and sortOrder (ASC or DESC); page and limit are numbers",
        )
    })
}

pub(crate) async fn schemas(State(app): State<App>, query: ListingQuery) -> Wrapped<Page<CatalogueSchema>> {
    Ok(wrapped(&app, documented::schemas(&app, listing(query)?).await?))
}

pub(crate) async fn schema(State(app): State<App>, Path(schema): Path<String>) -> Wrapped<CatalogueSchema> {
    Ok(wrapped(&app, documented::schema(&app, &schema).await?))
}

pub(crate) async fn credential(
    State(app): State<App>,
    Path(credential): Path<String>,
) -> Wrapped<CredentialDetails> {
    Ok(wrapped(&app, documented::credential(&app, &credential).await?))
}

pub(crate) async fn programs(State(app): State<App>, query: ListingQuery) -> Wrapped<Page<CatalogueProgram>> {
    Ok(wrapped(&app, documented::programs(&app, listing(query)?).await?))
}

pub(crate) async fn program(
    State(app): State<App>,
    Path(program): Path<String>,
) -> Wrapped<CatalogueProgram> {
    Ok(wrapped(&app, documented::program(&app, &program).await?))
}

pub(crate) async fn search(
    State(app): State<App>,
    query: Result<Query<CatalogueSearch>, QueryRejection>,
) -> Wrapped<SearchResults> {
    let Query(search) = query
        .map_err(|_| Refusal::bad_request("the query takes q, page and limit; page and limit are numbers"))?;
    Ok(wrapped(&app, documented::search(&app, search).await?))
}

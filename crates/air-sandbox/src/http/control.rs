//! The local platform's own API, below `/sandbox/v1`.

use air_api::{
    CoreClaimHash,
    sandbox::{
        ConsentDecision, CreateProgram, CreateSchema, CreateVerificationProgram, CreatedPartner,
        CreatedProgram, CreatedSchema, CreatedVerificationProgram, Issue, Issued, Login, NewPartner, Program,
        PublishedSchema, SchemaPage, SchemaSearch, Seed, Seeded, Session, StartVerification,
        StartedVerification, StoredObject, Transaction, VerificationResult,
    },
};
use air_jwt::{JwkSet, SigningKey};
use axum::{
    Json,
    body::Bytes,
    extract::{
        Path, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, header},
    response::IntoResponse,
};
use serde::Deserialize;

use super::{
    answer::Answer,
    input::{Body, bearer, partner_token, unreadable},
};
use crate::{
    domain::{App, Refusal, anchoring, catalogue, documents, issuance, setup, users, verification},
    store::partners,
};

pub(crate) async fn seed(State(app): State<App>, Body(seed): Body<Seed>) -> Answer<Seeded> {
    setup::seed(&app, seed).await.map(Json)
}

pub(crate) async fn create_partner(
    State(app): State<App>,
    Body(new): Body<NewPartner>,
) -> Answer<CreatedPartner> {
    setup::create_partner(&app, new).await.map(Json)
}

pub(crate) async fn create_schema(
    State(app): State<App>,
    Body(new): Body<CreateSchema>,
) -> Answer<CreatedSchema> {
    setup::create_schema(&app, new).await.map(Json)
}

pub(crate) async fn search_schemas(
    State(app): State<App>,
    query: Result<Query<SchemaSearch>, QueryRejection>,
) -> Answer<SchemaPage> {
    let Query(search) = query
        .map_err(|_| Refusal::bad_request("the query takes q, page and limit; page and limit are numbers"))?;
    catalogue::search(&app, &search).await.map(Json)
}

pub(crate) async fn schema(State(app): State<App>, Path(schema): Path<String>) -> Answer<PublishedSchema> {
    catalogue::schema(&app, &schema).await.map(Json)
}

pub(crate) async fn create_program(
    State(app): State<App>,
    Body(new): Body<CreateProgram>,
) -> Answer<CreatedProgram> {
    setup::create_program(&app, new).await.map(Json)
}

pub(crate) async fn create_verification_program(
    State(app): State<App>,
    Body(new): Body<CreateVerificationProgram>,
) -> Answer<CreatedVerificationProgram> {
    setup::create_verification_program(&app, new).await.map(Json)
}

pub(crate) async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    Body(login): Body<Login>,
) -> Answer<Session> {
    users::login(&app, partner_token(&headers), &login)
        .await
        .map(Json)
}

pub(crate) async fn program(State(app): State<App>, Path(program): Path<String>) -> Answer<Program> {
    setup::program(&app, &program).await.map(Json)
}

pub(crate) async fn issue(
    State(app): State<App>,
    headers: HeaderMap,
    Body(request): Body<Issue>,
) -> Answer<Issued> {
    issuance::issue(&app, partner_token(&headers), bearer(&headers), request)
        .await
        .map(Json)
}

pub(crate) async fn start_verification(
    State(app): State<App>,
    headers: HeaderMap,
    Body(request): Body<StartVerification>,
) -> Answer<StartedVerification> {
    verification::start(&app, partner_token(&headers), bearer(&headers), request)
        .await
        .map(Json)
}

pub(crate) async fn decide(
    State(app): State<App>,
    Path(verification): Path<String>,
    headers: HeaderMap,
    Body(decision): Body<ConsentDecision>,
) -> Answer<VerificationResult> {
    verification::decide(&app, bearer(&headers), &verification, decision)
        .await
        .map(Json)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectQuery {
    core_claim_hash: CoreClaimHash,
    name: String,
}

pub(crate) async fn store_object(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<ObjectQuery>, QueryRejection>,
    bytes: Result<Bytes, BytesRejection>,
) -> Answer<StoredObject> {
    let Query(query) =
        query.map_err(|_| Refusal::bad_request("coreClaimHash and name are needed in the query"))?;
    let bytes = bytes.map_err(|rejection| unreadable(&rejection))?;
    documents::store(
        &app,
        partner_token(&headers),
        query.core_claim_hash,
        query.name,
        &bytes,
    )
    .await
    .map(Json)
}

pub(crate) async fn fetch_object(
    State(app): State<App>,
    Path(object): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let bytes = documents::fetch(&app, partner_token(&headers), &object).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes))
}

/// The issuer's public keys: what a verifier configures.
pub(crate) async fn issuer_keys(State(app): State<App>, Path(issuer): Path<String>) -> Answer<JwkSet> {
    let partner = partners::find_by_issuer(&mut app.store.read().await?, &issuer)
        .await?
        .ok_or_else(|| Refusal::not_found("no such issuer"))?;
    let key = SigningKey::from_pem(&partner.issuer_key).map_err(Refusal::internal)?;
    Ok(Json(JwkSet::from(key.public_jwk())))
}

pub(crate) async fn transaction(
    State(app): State<App>,
    Path(transaction): Path<String>,
) -> Answer<Transaction> {
    anchoring::transaction(&app, &transaction).await.map(Json)
}

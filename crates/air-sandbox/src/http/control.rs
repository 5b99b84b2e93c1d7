//! The local platform's own API, below `/sandbox/v1`.

use air_api::{
    CoreClaimHash,
    sandbox::{
        Block, Callbacks, ConsentDecision, ConsistencyProof, CreateProgram, CreateSchema,
        CreateVerificationProgram, CreatedPartner, CreatedProgram, CreatedSchema, CreatedVerificationProgram,
        Issue, Issued, Login, MoveClock, NewPartner, PlatformClock, Program, PublishedSchema, Revoke,
        Revoked, SchemaPage, SchemaSearch, Seed, Seeded, Session, StartVerification, StartedVerification,
        StoredObject, Transaction, VerificationResult,
    },
};
use air_jwt::JwkSet;
use air_vc::status::StatusListToken;
use axum::{
    Json,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, header},
    response::IntoResponse,
};
use serde::Deserialize;

use super::{
    answer::{Answer, Changed},
    input::{Body, Keyed, KeyedBytes, bearer, partner_token},
};
use crate::{
    domain::{
        App, Refusal, anchoring, callbacks, catalogue, clock, documents, issuance, setup, status_lists,
        users, verification,
    },
    store::partners,
};

pub(crate) async fn seed(State(app): State<App>, Keyed { body, call }: Keyed<Seed>) -> Changed<Seeded> {
    setup::seed(&app, body, call).await
}

pub(crate) async fn create_partner(
    State(app): State<App>,
    Keyed { body, call }: Keyed<NewPartner>,
) -> Changed<CreatedPartner> {
    setup::create_partner(&app, body, call).await
}

pub(crate) async fn create_schema(
    State(app): State<App>,
    Keyed { body, call }: Keyed<CreateSchema>,
) -> Changed<CreatedSchema> {
    setup::create_schema(&app, body, call).await
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
    Keyed { body, call }: Keyed<CreateProgram>,
) -> Changed<CreatedProgram> {
    setup::create_program(&app, body, call).await
}

pub(crate) async fn create_verification_program(
    State(app): State<App>,
    Keyed { body, call }: Keyed<CreateVerificationProgram>,
) -> Changed<CreatedVerificationProgram> {
    setup::create_verification_program(&app, body, call).await
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
    Keyed { body, call }: Keyed<Issue>,
) -> Changed<Issued> {
    issuance::issue(&app, partner_token(&headers), bearer(&headers), body, call).await
}

pub(crate) async fn revoke(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<Revoke>,
) -> Changed<Revoked> {
    issuance::revoke(&app, partner_token(&headers), body, call).await
}

pub(crate) async fn start_verification(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<StartVerification>,
) -> Changed<StartedVerification> {
    verification::start(&app, partner_token(&headers), bearer(&headers), body, call).await
}

pub(crate) async fn decide(
    State(app): State<App>,
    Path(verification): Path<String>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<ConsentDecision>,
) -> Changed<VerificationResult> {
    verification::decide(&app, bearer(&headers), &verification, body, call).await
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
    KeyedBytes { bytes, call }: KeyedBytes,
) -> Changed<StoredObject> {
    let Query(query) =
        query.map_err(|_| Refusal::bad_request("coreClaimHash and name are needed in the query"))?;
    documents::store(
        &app,
        partner_token(&headers),
        query.core_claim_hash,
        query.name,
        &bytes,
        call,
    )
    .await
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
    let key = app.prepared.issuer_key(&partner)?;
    Ok(Json(JwkSet::from(key.public_jwk())))
}

pub(crate) async fn status_list(
    State(app): State<App>,
    path: Result<Path<(String, u64)>, PathRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let Path((issuer, number)) =
        path.map_err(|_| Refusal::bad_request("a status list's number is a whole number, from 1"))?;
    let token = status_lists::token(&app, &issuer, number).await?;
    let media_type = [(header::CONTENT_TYPE, StatusListToken::MEDIA_TYPE)];
    Ok((media_type, token.into_string()))
}

pub(crate) async fn transaction(
    State(app): State<App>,
    Path(transaction): Path<String>,
) -> Answer<Transaction> {
    anchoring::transaction(&app, &transaction).await.map(Json)
}

pub(crate) async fn callbacks(State(app): State<App>, headers: HeaderMap) -> Answer<Callbacks> {
    callbacks::list(&app, partner_token(&headers)).await.map(Json)
}

pub(crate) async fn replay_callback(
    State(app): State<App>,
    Path(record): Path<String>,
    headers: HeaderMap,
) -> Answer<Callbacks> {
    callbacks::replay(&app, partner_token(&headers), &record)
        .await
        .map(Json)
}

pub(crate) async fn clock(State(app): State<App>) -> Json<PlatformClock> {
    Json(clock::read(&app))
}

pub(crate) async fn move_clock(
    State(app): State<App>,
    Keyed { body, call }: Keyed<MoveClock>,
) -> Changed<PlatformClock> {
    clock::set(&app, body, call).await
}

pub(crate) async fn ledger_head(State(app): State<App>) -> Answer<Block> {
    anchoring::head(&app).await.map(Json)
}

pub(crate) async fn ledger_block(
    State(app): State<App>,
    number: Result<Path<u64>, PathRejection>,
) -> Answer<Block> {
    let Path(number) =
        number.map_err(|_| Refusal::bad_request("a block's number is a whole number, from 1"))?;
    anchoring::block(&app, number).await.map(Json)
}

#[derive(Deserialize)]
pub(crate) struct ConsistencyQuery {
    from: u64,
    to: u64,
}

pub(crate) async fn consistency(
    State(app): State<App>,
    query: Result<Query<ConsistencyQuery>, QueryRejection>,
) -> Answer<ConsistencyProof> {
    let Query(query) =
        query.map_err(|_| Refusal::bad_request("the query takes two blocks' numbers, from and to"))?;
    anchoring::consistency(&app, query.from, query.to).await.map(Json)
}

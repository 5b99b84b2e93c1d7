//! The local platform's own API, below `/sandbox/v1`.

use air_api::{
    CoreClaimHash,
    sandbox::{
        Block, ConsentDecision, ConsistencyProof, Login, Session, StartVerification, StartedVerification,
        StoredObject, Transaction, VerificationResult,
    },
};
use air_jwt::JwkSet;
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    answer::{Answer, Changed, OctetStream, PublicKeys, StatusListJwt},
    caller::{self, Partner, UserSession},
    input::{Body, Keyed, KeyedBytes, Path},
};
use crate::domain::{App, Refusal, anchoring, documents, status_lists, users, verification};
use air_store::partners;

pub(crate) async fn login(
    State(app): State<App>,
    partner: Partner<caller::IssueOrVerify>,
    Body(login): Body<Login>,
) -> Answer<Session> {
    users::login(&app, &partner.caller, &login).await.map(Json)
}

pub(crate) async fn start_verification(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<StartVerification>,
) -> Changed<StartedVerification> {
    verification::start(&app, &partner.caller, &user.0, body, request_key).await
}

pub(crate) async fn decide(
    State(app): State<App>,
    Path(verification): Path<String>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<ConsentDecision>,
) -> Changed<VerificationResult> {
    verification::decide(&app, &user.0, &verification, body, request_key).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectQuery {
    /// The credential.
    core_claim_hash: CoreClaimHash,
    /// What to call it, without control characters.
    #[schemars(regex(pattern = r"^[^\u0000-\u001F\u007F-\u009F]{1,255}$"))]
    name: String,
}

pub(crate) async fn store_object(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<ObjectQuery>, QueryRejection>,
    KeyedBytes {
        bytes, request_key, ..
    }: KeyedBytes,
) -> Changed<StoredObject> {
    let Query(query) =
        query.map_err(|_| Refusal::bad_request("coreClaimHash and name are needed in the query"))?;
    documents::store(
        &app,
        &partner.caller,
        query.core_claim_hash,
        query.name,
        &bytes,
        request_key,
    )
    .await
}

pub(crate) async fn fetch_object(
    State(app): State<App>,
    Path(object): Path<String>,
    partner: Partner<caller::IssueOrVerify>,
) -> Result<OctetStream, Refusal> {
    documents::fetch(&app, &partner.caller, &object)
        .await
        .map(OctetStream)
}

/// The issuer's public keys: what a verifier configures.
pub(crate) async fn issuer_keys(State(app): State<App>, Path(issuer): Path<String>) -> Answer<PublicKeys> {
    let partner = partners::find_by_issuer(&mut *app.store.read().await?, &issuer)
        .await?
        .ok_or_else(|| Refusal::not_found("no such issuer"))?;
    let key = app.cache.issuer_key(&partner)?;
    Ok(Json(PublicKeys(JwkSet::from(key.public_jwk()))))
}

pub(crate) async fn status_list(
    State(app): State<App>,
    Path((issuer, number)): Path<(String, u64)>,
) -> Result<StatusListJwt, Refusal> {
    status_lists::token(&app, &issuer, number)
        .await
        .map(StatusListJwt)
}

pub(crate) async fn transaction(
    State(app): State<App>,
    Path(transaction): Path<String>,
) -> Answer<Transaction> {
    anchoring::transaction(&app, &transaction).await.map(Json)
}

pub(crate) async fn ledger_head(State(app): State<App>) -> Answer<Block> {
    anchoring::head(&app).await.map(Json)
}

pub(crate) async fn ledger_block(State(app): State<App>, Path(number): Path<u64>) -> Answer<Block> {
    anchoring::block(&app, number).await.map(Json)
}

#[derive(Deserialize, JsonSchema)]
pub(crate) struct ConsistencyQuery {
    /// The earlier block's number.
    #[schemars(range(min = 1))]
    from: u64,
    /// The later one's.
    #[schemars(range(min = 1))]
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

//! The documented API, below `/v1`, and the probes.

use air_api::{
    CallbackRecord, CoreClaimHash, CredentialStatus, InitializeVerification, IssueOnBehalf, IssuedOnBehalf,
    IssuerRecord, ModifyIssuer,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{Answer, Changed},
    input::{Keyed, partner_token},
};
use crate::domain::{App, Refusal, callbacks, issuance};

pub(crate) async fn issue_on_behalf(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<IssueOnBehalf>,
) -> Changed<IssuedOnBehalf> {
    issuance::issue_on_behalf(&app, partner_token(&headers), body, call).await
}

pub(crate) async fn modify_issuer(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<ModifyIssuer>,
) -> Changed<IssuerRecord> {
    callbacks::modify_issuer(&app, partner_token(&headers), body, call).await
}

pub(crate) async fn initialize_verification(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<InitializeVerification>,
) -> Changed<CallbackRecord> {
    callbacks::initialize(&app, partner_token(&headers), body, call).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusQuery {
    core_claim_hash: CoreClaimHash,
}

pub(crate) async fn status(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<StatusQuery>, QueryRejection>,
) -> Answer<CredentialStatus> {
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request(
            "coreClaimHash is missing or invalid; it is the 64 hex digits that issuing answered",
        )
    })?;
    issuance::status(&app, partner_token(&headers), query.core_claim_hash)
        .await
        .map(Json)
}

/// The process answers.
pub(crate) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The store answers.
pub(crate) async fn ready(State(app): State<App>) -> Answer<Value> {
    app.store.read().await?;
    Ok(Json(json!({ "status": "ready" })))
}

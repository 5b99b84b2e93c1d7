//! The documented API, below `/v1`.

use air_api::{
    CallbackRecord, CoreClaimHash, CredentialStatus, InitializeVerification, IssueOnBehalf, IssuedOnBehalf,
    IssuerRecord, ModifyIssuer,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    answer::{Answer, Changed},
    caller::{self, Partner},
    input::Keyed,
};
use crate::domain::{App, Refusal, callbacks, issuance};

pub(crate) async fn issue_on_behalf(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    Keyed { body, request_key }: Keyed<IssueOnBehalf>,
) -> Changed<IssuedOnBehalf> {
    issuance::issue_on_behalf(&app, &partner.caller, body, request_key).await
}

pub(crate) async fn modify_issuer(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    Keyed { body, request_key }: Keyed<ModifyIssuer>,
) -> Changed<IssuerRecord> {
    callbacks::modify_issuer(&app, &partner.caller, body, request_key).await
}

pub(crate) async fn initialize_verification(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    Keyed { body, request_key }: Keyed<InitializeVerification>,
) -> Changed<CallbackRecord> {
    callbacks::initialize(&app, &partner.caller, body, request_key).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusQuery {
    /// What issuing answered.
    core_claim_hash: CoreClaimHash,
}

pub(crate) async fn status(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<StatusQuery>, QueryRejection>,
) -> Answer<CredentialStatus> {
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request(
            "coreClaimHash is missing or invalid; it is the 64 hex digits that issuing answered",
        )
    })?;
    issuance::status(&app, &partner.caller, query.core_claim_hash)
        .await
        .map(Json)
}

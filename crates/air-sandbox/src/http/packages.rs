//! Semi-decrypted packages.

use air_api::sandbox::{DepositPackage, DepositedPackage, PackageLog};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    answer::{Answer, Changed, OctetStream},
    caller::{self, Partner},
    input::{KeyedBytes, Path},
};
use crate::domain::{
    App, Refusal,
    packages::{self, Presented},
};

pub(crate) async fn deposit(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<DepositPackage>, QueryRejection>,
    KeyedBytes {
        bytes, request_key, ..
    }: KeyedBytes,
) -> Changed<DepositedPackage> {
    let Query(request) = query.map_err(|_| {
        Refusal::bad_request(
            "the query takes verificationId, name and lifetime; lifetime is a number of seconds",
        )
    })?;
    packages::deposit(&app, &partner.caller, request, &bytes, request_key).await
}

#[derive(Default, Deserialize, JsonSchema)]
pub(crate) struct SignedQuery {
    expires: Option<String>,
    signature: Option<String>,
}

pub(crate) async fn fetch(
    State(app): State<App>,
    Path(package): Path<String>,
    query: Result<Query<SignedQuery>, QueryRejection>,
) -> Result<OctetStream, Refusal> {
    // Whatever it brings, its use is recorded.
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let presented = Presented {
        expires: query.expires.and_then(|expires| expires.parse().ok()),
        signature: query.signature,
    };
    packages::fetch(&app, &package, presented).await.map(OctetStream)
}

pub(crate) async fn log(
    State(app): State<App>,
    Path(package): Path<String>,
    partner: Partner<caller::IssueOrVerify>,
) -> Answer<PackageLog> {
    packages::log(&app, &partner.caller, &package).await.map(Json)
}

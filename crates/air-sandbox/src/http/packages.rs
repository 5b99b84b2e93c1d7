//! Semi-decrypted packages.

use air_api::sandbox::{DepositPackage, DepositedPackage, PackageLog};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use serde::Deserialize;

use super::{
    answer::{Answer, Changed},
    input::{KeyedBytes, partner_token},
};
use crate::domain::{
    App, Refusal,
    packages::{self, Presented},
};

pub(crate) async fn deposit(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<DepositPackage>, QueryRejection>,
    KeyedBytes { bytes, call }: KeyedBytes,
) -> Changed<DepositedPackage> {
    let Query(request) = query.map_err(|_| {
        Refusal::bad_request(
            "the query takes verificationId, name and lifetime; lifetime is a number of seconds",
        )
    })?;
    packages::deposit(&app, partner_token(&headers), request, &bytes, call).await
}

#[derive(Default, Deserialize)]
pub(crate) struct SignedQuery {
    expires: Option<String>,
    signature: Option<String>,
}

pub(crate) async fn fetch(
    State(app): State<App>,
    Path(package): Path<String>,
    query: Result<Query<SignedQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Refusal> {
    // Whatever it brings, its use is recorded.
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let presented = Presented {
        expires: query.expires.and_then(|expires| expires.parse().ok()),
        signature: query.signature,
    };
    let bytes = packages::fetch(&app, &package, presented).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes))
}

pub(crate) async fn log(
    State(app): State<App>,
    Path(package): Path<String>,
    headers: HeaderMap,
) -> Answer<PackageLog> {
    packages::log(&app, partner_token(&headers), &package)
        .await
        .map(Json)
}

//! Semi-decrypted packages.

use air_api::sandbox::{DepositPackage, DepositedPackage, PackageLog};
use air_ids::UnixTime;
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;

use crate::http::{
    OBJECT_LIMIT,
    answer::{Answer, Changed, OctetStream},
    api::{Api, Tag, get, post},
    caller::{self, Partner},
    input::{KeyedBytes, Path},
};
use air_platform::{
    App, Refusal,
    packages::{self, Presented},
};

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::Packages;
    api.add(
        post(
            "/sandbox/v1/packages",
            "depositPackage",
            tag,
            "Deposit a semi-decrypted package for the verifier to whom the user agreed",
        )
        .refuses(&[404, 409, 507])
        .body_limit(OBJECT_LIMIT),
        deposit,
    );
    api.add(
        get(
            "/sandbox/v1/packages/{package}",
            "fetchPackage",
            tag,
            "Fetch a package by its signed URL, until the URL expires",
        )
        .refuses(&[403, 410]),
        fetch,
    );
    api.add(
        get(
            "/sandbox/v1/packages/{package}/accesses",
            "packageAccesses",
            tag,
            "List each use of a package's URL, as its issuer or its verifier",
        )
        .refuses(&[404]),
        accesses,
    );
}

async fn deposit(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<DepositPackage>, QueryRejection>,
    KeyedBytes {
        bytes, request_key, ..
    }: KeyedBytes,
) -> Changed<DepositedPackage> {
    let Query(request) = query.map_err(|_| {
        Refusal::bad_request(
            "invalid query: it must have verificationId and name, and may have lifetime, a number of seconds",
        )
    })?;
    packages::deposit(&app, &partner.caller, request, &bytes, request_key).await
}

#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SignedQuery {
    expires: Option<String>,
    signature: Option<String>,
}

async fn fetch(
    State(app): State<App>,
    Path(package): Path<String>,
    query: Result<Query<SignedQuery>, QueryRejection>,
) -> Result<OctetStream, Refusal> {
    // An invalid query is recorded as well.
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let presented = Presented {
        expires: query
            .expires
            .and_then(|expires| expires.parse().ok())
            .map(UnixTime::from_secs),
        signature: query.signature,
    };
    packages::fetch(&app, &package, presented).await.map(OctetStream)
}

async fn accesses(
    State(app): State<App>,
    Path(package): Path<String>,
    partner: Partner<caller::IssueOrVerify>,
) -> Answer<PackageLog> {
    packages::log(&app, &partner.caller, &package).await.map(Json)
}

//! Sealed documents beside a credential.

use air_api::{CoreClaimHash, sandbox::StoredObject};
use axum::extract::{Query, State, rejection::QueryRejection};
use serde::Deserialize;

use crate::http::{
    OBJECT_LIMIT,
    answer::{Changed, OctetStream},
    api::{Api, Tag, get, post},
    caller::{self, Partner},
    input::{KeyedBytes, Path},
};
use air_platform::{App, Refusal, documents};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/dstorage/objects",
            "storeObject",
            Tag::DocumentLoader,
            "Store a sealed document beside a credential, 32 MiB at most",
        )
        .refuses(&[404, 507])
        .body_limit(OBJECT_LIMIT),
        store,
    );
    api.add(
        get(
            "/sandbox/v1/dstorage/objects/{object}",
            "fetchObject",
            Tag::DocumentLoader,
            "Fetch a sealed document",
        )
        .refuses(&[404]),
        fetch,
    );
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ObjectQuery {
    /// The credential.
    core_claim_hash: CoreClaimHash,
    /// The name, without control characters.
    #[cfg_attr(test, schemars(regex(pattern = r"^[^\u0000-\u001F\u007F-\u009F]{1,255}$")))]
    name: String,
}

async fn store(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<ObjectQuery>, QueryRejection>,
    KeyedBytes {
        bytes, request_key, ..
    }: KeyedBytes,
) -> Changed<StoredObject> {
    let Query(query) =
        query.map_err(|_| Refusal::bad_request("the query must have coreClaimHash and name"))?;
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

async fn fetch(
    State(app): State<App>,
    Path(object): Path<String>,
    partner: Partner<caller::IssueOrVerify>,
) -> Result<OctetStream, Refusal> {
    documents::fetch(&app, &partner.caller, &object)
        .await
        .map(OctetStream)
}

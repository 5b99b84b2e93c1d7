//! The public halves of CAKs, for the issuers to which users gave them.

use air_api::sandbox::{CakQuery, RecordedCak};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde_json::json;

use super::{ISSUER, SCHEMA, USER};
use crate::http::{
    answer::Answer,
    api::{Api, Tag, get},
    caller::{self, Partner},
};
use air_platform::{App, Refusal, caks};

/// The generator of secp256r1 (SEC 2, 2.4.2).
const KEY: &str = "0x046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

pub(super) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/cak",
            "cakPublicKey",
            Tag::Credentials,
            "Get the CAK public key that a user gave to this issuer; an unknown user and a key that does not exist yet are the same 404",
        )
        .refuses(&[404])
        .answer(|| json!({
            "user": USER,
            "issuer": ISSUER,
            "schema": SCHEMA,
            "curve": "secp256r1",
            "publicKey": KEY,
            "recordedAt": "2026-01-19 07:18:45",
        })),
        show,
    );
}

async fn show(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<CakQuery>, QueryRejection>,
) -> Answer<RecordedCak> {
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request(
            "user, issuer, schema or curve is missing or invalid; use the user's UUID, your issuer DID, a schema's id, and secp256r1 \
             or secp256k1",
        )
    })?;
    caks::find_public_key(&app, &partner.caller, query)
        .await
        .map(Json)
}

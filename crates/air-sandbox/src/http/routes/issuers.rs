//! The public keys and the status lists of an issuer, for verifiers.

use air_jwt::JwkSet;
use air_store::partners;
use axum::{Json, extract::State};

use crate::{
    domain::{App, Refusal, status_lists},
    http::{
        answer::{Answer, PublicKeys, StatusListJwt},
        api::{Api, Tag, get},
        input::Path,
    },
};

pub(super) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/issuers/{issuer}/jwks.json",
            "issuerKeys",
            Tag::Credentials,
            "Show an issuer's public keys",
        )
        .refuses(&[404]),
        keys,
    );
    api.add(
        get(
            "/sandbox/v1/issuers/{issuer}/statuslist/{number}",
            "statusList",
            Tag::Credentials,
            "Show a status list, signed by its issuer",
        )
        .refuses(&[404]),
        status_list,
    );
}

async fn keys(State(app): State<App>, Path(issuer): Path<String>) -> Answer<PublicKeys> {
    let partner = partners::find_by_issuer(&mut *app.store.read().await?, &issuer)
        .await?
        .ok_or_else(|| Refusal::not_found("no such issuer"))?;
    let key = app.cache.issuer_key(&partner)?;
    Ok(Json(PublicKeys(JwkSet::from(key.public_jwk()))))
}

async fn status_list(
    State(app): State<App>,
    Path((issuer, number)): Path<(String, u64)>,
) -> Result<StatusListJwt, Refusal> {
    status_lists::token(&app, &issuer, number)
        .await
        .map(StatusListJwt)
}

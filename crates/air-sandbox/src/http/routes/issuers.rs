//! The public keys and the status lists of an issuer, for verifiers.

use axum::{Json, extract::State};

use crate::http::{
    answer::{Answer, PublicKeys, StatusListJwt},
    api::{Api, Tag, get},
    input::Path,
};
use air_platform::{App, Refusal, issuer_keys, status_lists};

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
    issuer_keys::public_keys(&app, &issuer)
        .await
        .map(|keys| Json(PublicKeys(keys)))
}

async fn status_list(
    State(app): State<App>,
    Path((issuer, number)): Path<(String, u64)>,
) -> Result<StatusListJwt, Refusal> {
    status_lists::token(&app, &issuer, number)
        .await
        .map(StatusListJwt)
}

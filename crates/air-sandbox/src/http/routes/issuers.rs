//! The public keys and the status lists of an issuer, and the authority of its certificate, for verifiers.

use axum::{Json, extract::State};

use crate::http::{
    answer::{Answer, CertificatePem, PublicKeys, StatusListJwt},
    api::{Api, Tag, get},
    input::Path,
};
use air_platform::{App, Refusal, issuer_keys, openid4vc, status_lists};

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
    api.add(
        get(
            "/sandbox/v1/wallet-authority.pem",
            "walletAuthority",
            Tag::Credentials,
            "Show the authority of the certificates of issuers and verifiers for wallets (OpenID4VC)",
        ),
        wallet_authority,
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

async fn wallet_authority(State(app): State<App>) -> Result<CertificatePem, Refusal> {
    openid4vc::authority_certificate(&app).await.map(CertificatePem)
}

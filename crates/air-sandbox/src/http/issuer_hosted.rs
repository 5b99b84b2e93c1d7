//! What an issuer's own backend calls (G2), and the holder's side of it.

use air_api::{
    FetchedVc, InitializeUser, InitializedUser, StoreVc, StoredVc,
    sandbox::{EncryptionKey, HeldEncryptionKey, HeldVcs},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};

use super::{
    answer::{Answer, Changed},
    input::{Keyed, bearer, partner_token},
};
use crate::domain::{App, Refusal, holder_keys, once::Done, sealed_credentials};

pub(crate) async fn initialize_user(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<InitializeUser>,
) -> Changed<InitializedUser> {
    holder_keys::initialize_user(&app, partner_token(&headers), body, call).await
}

pub(crate) async fn store_vc(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<StoreVc>,
) -> Result<(StatusCode, Done<StoredVc>), Refusal> {
    let done = sealed_credentials::store(&app, partner_token(&headers), body, call).await?;
    Ok((StatusCode::CREATED, done))
}

pub(crate) async fn fetch_vc(
    State(app): State<App>,
    Path(vc): Path<String>,
    headers: HeaderMap,
) -> Answer<FetchedVc> {
    sealed_credentials::fetch(&app, bearer(&headers), &vc)
        .await
        .map(Json)
}

pub(crate) async fn held_vcs(State(app): State<App>, headers: HeaderMap) -> Answer<HeldVcs> {
    sealed_credentials::of_holder(&app, bearer(&headers))
        .await
        .map(Json)
}

pub(crate) async fn encryption_key(State(app): State<App>, headers: HeaderMap) -> Answer<HeldEncryptionKey> {
    holder_keys::held(&app, bearer(&headers)).await.map(Json)
}

pub(crate) async fn set_encryption_key(
    State(app): State<App>,
    headers: HeaderMap,
    Keyed { body, call }: Keyed<EncryptionKey>,
) -> Changed<EncryptionKey> {
    holder_keys::set(&app, bearer(&headers), body, call).await
}

//! What an issuer's own backend calls (G2), and the holder's side of it.

use air_api::{
    FetchedVc, InitializeUser, InitializedUser, StoreVc, StoredVc,
    sandbox::{EncryptionKey, HeldEncryptionKey, HeldVcs},
};
use axum::{Json, extract::State};

use super::{
    answer::{Answer, Changed, Created},
    caller::{self, Partner, UserSession},
    input::{Keyed, Path},
};
use crate::domain::{App, Refusal, holder_keys, sealed_credentials};

pub(crate) async fn initialize_user(
    State(app): State<App>,
    partner: Partner<caller::AnyScope>,
    Keyed { body, request_key }: Keyed<InitializeUser>,
) -> Changed<InitializedUser> {
    holder_keys::initialize_user(&app, &partner.caller, body, request_key).await
}

pub(crate) async fn store_vc(
    State(app): State<App>,
    partner: Partner<caller::AnyScope>,
    Keyed { body, request_key }: Keyed<StoreVc>,
) -> Result<Created<StoredVc>, Refusal> {
    let done = sealed_credentials::store(&app, &partner.caller, body, request_key).await?;
    Ok(Created(done))
}

pub(crate) async fn fetch_vc(
    State(app): State<App>,
    Path(vc): Path<String>,
    user: UserSession,
) -> Answer<FetchedVc> {
    sealed_credentials::fetch(&app, &user.0, &vc).await.map(Json)
}

pub(crate) async fn held_vcs(State(app): State<App>, user: UserSession) -> Answer<HeldVcs> {
    sealed_credentials::of_holder(&app, &user.0).await.map(Json)
}

pub(crate) async fn encryption_key(State(app): State<App>, user: UserSession) -> Answer<HeldEncryptionKey> {
    holder_keys::held(&app, &user.0).await.map(Json)
}

pub(crate) async fn set_encryption_key(
    State(app): State<App>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<EncryptionKey>,
) -> Changed<EncryptionKey> {
    holder_keys::set(&app, &user.0, body, request_key).await
}

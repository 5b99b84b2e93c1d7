//! Offers to wallets outside AIR (OpenID4VCI 1.0, pre-authorized code): the operator makes an offer, the wallet exchanges its code for
//! an access token, proves a key, and receives credentials that are bound to it.

mod backend;
mod credentials;
mod documents;
mod offers;
mod secrets;
mod tokens;

use std::{sync::Arc, time::Duration};

use air_oid4vc_http::Failure;
use axum::Router;

pub(crate) use self::offers::{NewOffer, NotCreated, is_offered};
use self::{backend::Backend, documents::Documents};
use crate::{
    Error,
    config::Openid4vcConfig,
    state::State,
    store::{credential_offers, single_use},
};

/// The time for which the state of an offer is kept after its end.
const RETENTION: Duration = Duration::from_hours(1);
/// The time between two deletions.
const PERIOD: Duration = Duration::from_mins(1);

/// The routes for wallets.
pub(crate) fn router(state: &Arc<State>, config: &Openid4vcConfig) -> Router<Arc<State>> {
    air_oid4vc_http::issuer::router(Backend {
        state: state.clone(),
        config: config.clone(),
        documents: Arc::new(Documents::default()),
    })
}

/// Deletes the offers that ended an hour ago, and the digests of values that are too old to be accepted. Returns the number of offers.
pub(crate) async fn forget_ended(state: &State) -> Result<u64, Error> {
    let now = state.clock.now();
    let mut tx = state.store.write().await?;
    let offers = credential_offers::forget_ended(&mut tx, now.saturating_sub(RETENTION)).await?;
    single_use::forget_expired(&mut tx, now).await?;
    tx.commit().await?;
    Ok(offers)
}

/// Calls [`forget_ended`] each minute. It never returns.
pub(crate) async fn forget_each_minute(state: &State) {
    loop {
        if let Err(error) = forget_ended(state).await {
            tracing::error!(%error, "ended offers were not deleted; it is tried again");
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// Logs an error, and returns what the wallet sees of it.
fn failure(error: impl Into<Error>) -> Failure {
    let error = error.into();
    if let Some(cause) = error.transient() {
        tracing::error!(error = %cause, "the database can't be used now");
        return Failure::Unavailable { retry_after: Some(5) };
    }
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    tracing::error!(%error, cause, "a wallet's request failed");
    Failure::Internal
}

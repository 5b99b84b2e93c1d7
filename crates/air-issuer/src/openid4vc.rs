//! Offers to wallets outside AIR (OpenID4VCI 1.0, pre-authorized code): the operator makes an offer, the wallet exchanges its code for
//! an access token, proves a key, and receives credentials that are bound to it.

mod approval;
mod backend;
mod credentials;
mod documents;
mod holders;
mod offers;
mod secrets;
mod signed_metadata;
mod tokens;

use std::{sync::Arc, time::Duration};

use air_oid4vc_http::Failure;
use axum::Router;

use self::{backend::Backend, documents::Documents};
pub(crate) use self::{
    holders::is_holder,
    offers::{NewOffer, NotCreated, is_offered},
};
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
/// `Retry-After` while the database or a key can't be used.
const RETRY_AFTER: u64 = 5;

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

/// Logs an error, and returns the wallet's answer to it.
fn failure(error: impl Into<Error>) -> Failure {
    let error = error.into();
    let unavailable = Failure::Unavailable {
        retry_after: Some(RETRY_AFTER),
    };
    if let Some(signer) = error.signer() {
        // The cause has neither a secret nor the signed content.
        let cause = std::error::Error::source(signer).map(ToString::to_string);
        tracing::error!(cause, "a key did not sign");
        return unavailable;
    }
    if let Some(cause) = error.transient() {
        tracing::error!(error = %cause, "the database can't be used now");
        return unavailable;
    }
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    tracing::error!(%error, cause, "a wallet's request failed");
    Failure::Internal
}

#[cfg(test)]
mod tests {
    use air_jwt::SignerError;

    use super::*;

    #[test]
    fn a_database_or_key_that_is_away_is_temporary() {
        let unavailable = Failure::Unavailable { retry_after: Some(5) };
        let signer = air_vc::Error::Signer(SignerError::new("no token"));
        assert_eq!(failure(Error::Sign(signer)), unavailable);
        assert_eq!(failure(sqlx::Error::PoolTimedOut), unavailable);
        assert_eq!(failure(sqlx::Error::RowNotFound), Failure::Internal);
        let damaged = Error::Damaged { what: "a list" };
        assert_eq!(failure(damaged), Failure::Internal);
    }
}

//! OpenID4VCI and OpenID4VP: offers of issuance programs to wallets, access tokens, credentials that are bound to a wallet's keys, and
//! presentation requests of verification programs.

mod certificates;
pub mod credentials;
pub mod issuer;
pub mod offers;
pub mod presentations;
mod secrets;
mod times;
pub mod tokens;

pub use certificates::authority_certificate;
pub use secrets::nonce_key;
use secrets::{Digest, digest};

use super::App;
use air_store::{credential_offers, presentation_requests, single_use};

/// The number of seconds for which the state of an expired offer is kept.
const RETENTION: u64 = 24 * 3600;

/// Deletes offers and presentation requests that expired a day ago, and the digests of values that are too old to be accepted.
pub(crate) async fn forget_old(app: &App) -> sqlx::Result<()> {
    let now = app.machine_clock.now();
    let until = now.saturating_sub(RETENTION);
    let mut read = app.store.read().await?;
    let is_due = credential_offers::any_until(&mut read, until).await?
        || presentation_requests::any_until(&mut read, until).await?
        || single_use::any_expired(&mut read, now).await?;
    drop(read);
    if !is_due {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    credential_offers::forget_until(&mut tx, until).await?;
    presentation_requests::forget_until(&mut tx, until).await?;
    single_use::forget_expired(&mut tx, now).await?;
    tx.commit().await
}

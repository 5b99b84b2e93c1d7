//! Credentials that expire. No request occurs at that time, so a task searches for expired
//! credentials and stores their events.

use std::time::Duration;

use super::{
    App,
    events::{self, EventKind},
    status_changes,
};
use air_api::sandbox::AcceptedStatus;
use air_store::{clock, credentials};

/// The maximum number of events in one transaction. It limits how long other writers wait.
const LIMIT: u64 = 128;
/// The maximum number of consecutive transactions. It limits how long blocks wait, and the next run
/// follows soon.
const CHANGES: usize = 8;

/// Stores an event for each credential that expired without being revoked: only once, even if the
/// clock is moved repeatedly.
pub(crate) async fn record_expired(app: &App) -> sqlx::Result<()> {
    for _ in 0..CHANGES {
        let next = credentials::next_to_expire(&mut *app.store.read().await?).await?;
        if next.is_none_or(|next| next > app.platform_clock.now()) {
            break;
        }
        let mut tx = app.store.write().await?;
        // The stored clock applies, because another process may have moved it.
        let offset = clock::offset(&mut tx).await?;
        let now = app
            .machine_clock
            .now()
            .saturating_add(Duration::from_secs(offset));
        let expired = credentials::take_expired(&mut tx, now, LIMIT).await?;
        if expired.is_empty() {
            break;
        }
        for credential in &expired {
            events::record(&mut tx, &EventKind::CredentialExpired(credential), now).await?;
            let hash = &credential.core_claim_hash;
            status_changes::record(app, &mut tx, hash, AcceptedStatus::Expired, now).await?;
        }
        app.commit(tx).await?;
        tracing::info!(credentials = expired.len(), "expired");
    }
    Ok(())
}

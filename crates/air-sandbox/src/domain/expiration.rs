//! Credentials that expire. No request marks the moment, so a task checks for expired credentials and stores their events.

use super::{
    App,
    events::{self, EventKind},
};
use air_store::{clock, credentials};

/// The most of one change: who writes waits no longer than that takes.
const LIMIT: i64 = 128;
/// The most changes at once: blocks wait no longer than these take, and the next look comes soon.
const CHANGES: usize = 8;

/// Stores an event for each credential that expired without being revoked: once, even if the clock is set back and forth.
pub(crate) async fn tell_expired(app: &App) -> sqlx::Result<()> {
    for _ in 0..CHANGES {
        let next = credentials::next_to_expire(&mut *app.store.read().await?).await?;
        if next.is_none_or(|next| next > app.platform_clock.now()) {
            break;
        }
        let mut tx = app.store.write().await?;
        // By the clock that the store has: it may have been moved or put back since, by another process too.
        let offset = clock::offset(&mut tx).await?;
        let now = app.machine_clock.now().saturating_add(offset);
        let expired = credentials::take_expired(&mut tx, now, LIMIT).await?;
        if expired.is_empty() {
            break;
        }
        for credential in &expired {
            events::tell(&mut tx, &EventKind::CredentialExpired(credential), now).await?;
        }
        app.commit(tx).await?;
        tracing::info!(credentials = expired.len(), "expired");
    }
    Ok(())
}

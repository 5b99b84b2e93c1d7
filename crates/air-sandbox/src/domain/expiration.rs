//! Credentials that expire: nobody does anything then, so somebody looks whether it is time, and tells of it.

use super::{
    App,
    events::{self, News},
};
use crate::store::{clock, credentials};

/// The most of one change: who writes waits no longer than that takes.
const LIMIT: i64 = 128;
/// The most changes at once: blocks wait no longer than these take, and the next look comes soon.
const CHANGES: usize = 8;

/// Tells of credentials that have expired and were not revoked before: of each once, even where the clock goes back and comes again.
pub(crate) async fn tell_expired(app: &App) -> sqlx::Result<()> {
    for _ in 0..CHANGES {
        let next = credentials::next_to_expire(&mut app.store.read().await?).await?;
        if next.is_none_or(|next| next > app.platform_clock.now()) {
            break;
        }
        let mut change = app.store.change().await?;
        // By the clock that the store has: it may have been moved or put back since, by another process too.
        let offset = clock::offset(&mut change).await?;
        let now = app.machine_clock.now().saturating_add(offset);
        let expired = credentials::take_expired(&mut change, now, LIMIT).await?;
        if expired.is_empty() {
            break;
        }
        for credential in &expired {
            events::tell(&mut change, &News::CredentialExpired(credential), now).await?;
        }
        app.commit(change).await?;
        tracing::info!(credentials = expired.len(), "expired");
    }
    Ok(())
}

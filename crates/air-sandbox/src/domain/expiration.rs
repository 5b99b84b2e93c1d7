//! Credentials that expire: nobody does anything then, so somebody looks whether it is time, and tells of it.

use super::{
    App,
    events::{self, News},
};
use crate::store::credentials;

/// The most of one change: who writes waits no longer than that takes.
const LIMIT: i64 = 128;

/// Tells of each credential that has expired and was not revoked: once, even where the clock goes back and comes again.
pub(crate) async fn tell_expired(app: &App) -> sqlx::Result<()> {
    let now = app.platform_clock.now();
    while credentials::any_expired(&mut app.store.read().await?, now).await? {
        let mut change = app.store.change().await?;
        let expired = credentials::take_expired(&mut change, now, LIMIT).await?;
        for credential in &expired {
            events::tell(&mut change, &News::CredentialExpired(credential), now).await?;
        }
        app.commit(change).await?;
        tracing::info!(credentials = expired.len(), "expired");
    }
    Ok(())
}

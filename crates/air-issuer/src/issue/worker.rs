//! The worker, which retries unconfirmed uploads and deletes old idempotency keys.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::{
    Error,
    state::State,
    store::{idempotency, outbox},
};

/// The uploads that are tried at once.
const BATCH: u32 = 16;
/// The time between two polls of the outbox.
const PERIOD: Duration = Duration::from_secs(1);
/// The time between two deletions of old idempotency keys.
const CLEANING_PERIOD: Duration = Duration::from_mins(10);
/// The worker's name in the audit log.
const ACTOR: &str = "worker";

impl State {
    /// Tries each due upload once, and returns their number.
    pub(crate) async fn deliver_due(&self) -> Result<usize, Error> {
        let mut tried = 0;
        loop {
            let now = self.clock.now();
            let due = outbox::reserve_due(&self.store, now, self.lease_end(), BATCH).await?;
            if due.is_empty() {
                return Ok(tried);
            }
            tried += due.len();
            let tries = due.iter().map(|external_id| self.deliver(external_id, ACTOR));
            for outcome in join_all(tries).await {
                outcome?;
            }
        }
    }

    /// Polls the outbox each second, and deletes old idempotency keys. It never returns.
    pub(crate) async fn work(&self) {
        let mut cleaned = None;
        loop {
            if cleaned.is_none_or(|last: Instant| last.elapsed() >= CLEANING_PERIOD) {
                cleaned = Some(Instant::now());
                self.forget_idempotency_keys().await;
            }
            if let Err(error) = self.deliver_due().await {
                tracing::error!(%error, "the outbox failed; it is retried");
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn forget_idempotency_keys(&self) {
        let until = self.clock.now().saturating_sub(idempotency::LIFETIME);
        if let Err(error) = idempotency::forget(&self.store, until).await {
            tracing::error!(%error, "old idempotency keys are not deleted; it is tried again");
        }
    }
}

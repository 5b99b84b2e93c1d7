//! The worker: it goes on with uploads that were not confirmed.

use std::time::Duration;

use futures_util::future::join_all;

use crate::{Error, state::State, store::outbox};

/// The uploads that are tried at once.
const BATCH: u32 = 16;
/// The time between two looks at the outbox.
const PERIOD: Duration = Duration::from_secs(1);
/// The worker's name in the audit log.
const ACTOR: &str = "worker";

impl State {
    /// Tries each upload that is due, once. Returns how many there were.
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

    /// Looks at the outbox each second, for ever.
    pub(crate) async fn work(&self) {
        loop {
            if let Err(error) = self.deliver_due().await {
                tracing::error!(%error, "the outbox can't be worked on; it is tried again");
            }
            tokio::time::sleep(PERIOD).await;
        }
    }
}

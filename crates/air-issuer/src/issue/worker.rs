//! The worker, which retries unconfirmed uploads.

use futures_util::future::join_all;

use crate::{Error, state::State, store::outbox};

/// The uploads that are tried at once.
const BATCH: u32 = 16;
/// The worker's name in the audit log.
const ACTOR: &str = "worker";

impl State {
    /// Tries each due upload once, unless uploads pause, and returns their number.
    pub(crate) async fn deliver_due(&self) -> Result<usize, Error> {
        let mut tried = 0;
        loop {
            if self.platform.is_paused() {
                return Ok(tried);
            }
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
}

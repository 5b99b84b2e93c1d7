//! Blocking bulk runs.

use std::{ops::ControlFlow, sync::Arc};

use air_jwt::{PartnerId, Signer};
use tokio::sync::Notify;

use super::Client;
use crate::bulk::{Bulk, BulkError, BulkOrder, Journal, NumberedRow, Progress, RunOutcome};

impl Client {
    /// Issues credentials of one program to many users. Returns the settings of a run for [`Self::run`], as
    /// [`AirClient::bulk`](crate::AirClient::bulk) does.
    pub fn bulk(&self, order: BulkOrder) -> Bulk {
        self.client.bulk(order)
    }

    /// Blocks on [`Bulk::run`]. `watch` is called after each row. If it returns `Break`, no more rows are
    /// sent, and the calls in progress are completed.
    ///
    /// # Errors
    /// As [`Bulk::run`]. Within an async runtime the run ends at once, with
    /// [`Error::WithinRuntime`](crate::Error::WithinRuntime) in [`RunOutcome::Failed`].
    pub fn run(
        &self,
        bulk: &Bulk,
        partner: &PartnerId,
        signer: &impl Signer,
        journal: &mut Journal,
        rows: impl IntoIterator<Item = Result<NumberedRow, BulkError>>,
        mut watch: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<RunOutcome, BulkError> {
        let stop = Arc::new(Notify::new());
        let stopping = Arc::clone(&stop);
        let watch = move |progress| {
            if watch(progress).is_break() {
                stopping.notify_one();
            }
        };
        let stopped = async move { stop.notified().await };
        let run = bulk.run(partner, signer, journal, rows, stopped, watch);
        self.runtime
            .block_on(run)
            .unwrap_or_else(|refused| Ok(RunOutcome::Failed(refused)))
    }
}

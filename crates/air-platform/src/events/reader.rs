//! A listener's position in the events.

use std::collections::VecDeque;

use air_api::sandbox::Event;
use tokio::sync::watch;

use super::{Filter, LONGEST_SLEEP, WINDOW, describe_to};
use crate::{App, Refusal};
use air_store::events;

/// Returns the events after a position in order, and waits for new ones. It buffers one window of events.
#[expect(missing_debug_implementations, reason = "its events may have personal data")]
pub struct Reader {
    app: App,
    filter: Filter,
    position: u64,
    ready: VecDeque<Event>,
    committed: watch::Receiver<()>,
}

impl Reader {
    /// Creates a reader after this position, which defaults to the newest event.
    pub async fn new(app: App, filter: Filter, after: Option<u64>) -> Result<Self, Refusal> {
        let committed = app.notifier.listen();
        let head = events::head(&mut *app.store.read().await?).await?;
        let head = head.unwrap_or(0);
        let position = match after {
            // A position beyond the newest event is from another platform, such as an earlier one
            // in memory: begin with the first event.
            Some(position) if position > head => 0,
            Some(position) => position,
            None => head,
        };
        Ok(Self {
            app,
            filter,
            position,
            ready: VecDeque::new(),
            committed,
        })
    }

    /// Returns the next event, or `None` if the platform stops or the store fails.
    pub async fn next(&mut self) -> Option<Event> {
        let notifier = self.app.notifier.clone();
        tokio::select! {
            () = notifier.stopped() => None,
            event = self.wait_for_one() => event
                .inspect_err(|refusal| tracing::error!(reason = refusal.message(), "a stream of events ends"))
                .ok(),
        }
    }

    async fn wait_for_one(&mut self) -> Result<Event, Refusal> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            // A later commit notifies the listener again.
            self.committed.borrow_and_update();
            if !self.read_window().await? {
                let _ = tokio::time::timeout(LONGEST_SLEEP, self.committed.changed()).await;
            }
        }
    }

    /// Reads a window of events. Returns `false` if there was none.
    async fn read_window(&mut self) -> Result<bool, Refusal> {
        let mut read = self.app.store.read().await?;
        let window = events::after(&mut read, self.position, WINDOW).await?;
        drop(read);
        let is_empty = window.is_empty();
        for event in window {
            self.position = event.sequence;
            if self.filter.fits(&event) {
                self.ready.push_back(describe_to(&self.filter.viewer, event)?);
            }
        }
        Ok(!is_empty)
    }
}

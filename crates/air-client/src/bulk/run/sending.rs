//! Sends one row until its outcome is known.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use air_api::IdempotencyKey;
use tokio::time::Instant;

use super::{
    super::{Refusal, Row, gate::Gate, journal::JournalOutcome},
    target::{CallError, Meaning, Target},
};
use crate::{Error, transport::wait};

/// The outcome of a row in this run.
pub(super) enum SendOutcome {
    Issued(JournalOutcome),
    Refused(Refusal),
    /// The row may have been issued, and a retry could issue it twice.
    Unclear {
        request_id: Option<String>,
    },
    /// The row remains for the next run.
    Left,
    /// The row failed with an error that applies to every other row, too.
    Failed(Error),
    NotSigned(air_jwt::Error),
}

/// The state that the rows of a run share.
pub(super) struct Sending<'r, T> {
    target: &'r T,
    max_outage: Duration,
    gate: &'r Gate,
    /// The last time that a row was issued or refused.
    last_progress: Mutex<Instant>,
}

impl<'r, T: Target> Sending<'r, T> {
    pub(super) fn new(target: &'r T, max_outage: Duration, gate: &'r Gate) -> Self {
        Self {
            target,
            max_outage,
            gate,
            last_progress: Mutex::new(Instant::now()),
        }
    }

    pub(super) async fn send(&self, row: Row, key: &IdempotencyKey) -> SendOutcome {
        let call = self.target.call(row);
        let (mut failures, mut stuck_since) = (0, None);
        loop {
            let Some(pass) = self.gate.enter().await else {
                return SendOutcome::Left;
            };
            let error = match self.target.send(&call, key).await {
                Ok(outcome) => {
                    self.progressed();
                    pass.succeeded();
                    return SendOutcome::Issued(outcome);
                }
                Err(CallError::NotSigned(error)) => return SendOutcome::NotSigned(error),
                Err(CallError::Failed(error)) => error,
            };
            failures += 1;
            let wait = wait(failures, error.retry_after());
            match self.target.meaning(&error) {
                Meaning::Refused(reason) => {
                    self.progressed();
                    pass.succeeded();
                    return SendOutcome::Refused(self.target.refusal(reason, &error, &call));
                }
                Meaning::Fatal => return SendOutcome::Failed(error),
                Meaning::Unclear => {
                    let request_id = error.request_id().map(str::to_owned);
                    return SendOutcome::Unclear { request_id };
                }
                Meaning::SlowDown => {
                    pass.slowed_down(wait);
                    stuck_since = None;
                    if self.without_progress() > self.max_outage.max(2 * wait) {
                        return SendOutcome::Failed(error);
                    }
                    continue;
                }
                Meaning::Away => {
                    self.gate.pause(wait);
                    drop(pass);
                }
                Meaning::Again => {
                    drop(pass);
                    if !self.gate.wait(wait).await {
                        return SendOutcome::Left;
                    }
                }
            }
            if stuck_since.get_or_insert_with(Instant::now).elapsed() > self.max_outage {
                return self.give_up(error);
            }
        }
    }

    /// Leaves a row without a response to the next run. Fails if no row gets a response.
    fn give_up(&self, error: Error) -> SendOutcome {
        if self.without_progress() > self.max_outage {
            SendOutcome::Failed(error)
        } else {
            SendOutcome::Left
        }
    }

    fn progressed(&self) {
        *self.last_progress.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn without_progress(&self) -> Duration {
        self.last_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
    }
}

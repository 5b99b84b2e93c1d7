//! What the programs that make and check proofs have in common: their answers, their errors, and the one queue before them.

use std::{pin::Pin, thread, time::Duration};

use serde_json::{Map, Value};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::Refusal;

/// The maximum number of commands that wait for the program.
pub(crate) const QUEUE_LIMIT: usize = 64;
/// The maximum time that a command waits for the program: a program that does not answer holds its place until it is stopped.
const WAIT_LIMIT: Duration = Duration::from_mins(1);

/// The answer to a command, once it is known.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<ProofAnswer, ProofError>> + Send + 'a>>;

/// The answer to a command.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct ProofAnswer {
    /// The document.
    pub document: Map<String, Value>,
    /// The exit code: 0 for done, and 4 for a credential that is not accepted.
    pub exit_code: Option<i32>,
}

/// The reason why a command has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The program is not installed, or is another version. The text says what to install.
    #[error("{0}")]
    Missing(String),
    /// The program rejects the command. The text is the program's reason.
    #[error("{0}")]
    Rejected(String),
    /// The program failed.
    #[error("{0}")]
    Failed(String),
    /// Too many commands wait for the program.
    #[error("too many proofs are made and checked now")]
    Busy,
}

impl ProofError {
    /// Returns the refusal. `proofs` names what the program makes, and `rejected` makes the refusal from the program's reason, if the
    /// program rejects the command. The other reasons can name paths, so they go to the log.
    pub(crate) fn refusal(self, proofs: &str, rejected: impl FnOnce(&str) -> Refusal) -> Refusal {
        match self {
            Self::Missing(reason) => {
                tracing::warn!(%reason, "the program for {proofs} is missing");
                Refusal::unavailable(format!(
                    "the platform's program for {proofs} is missing or is another version; its log says what the operator must install"
                ))
            }
            Self::Rejected(reason) => rejected(&reason),
            Self::Failed(reason) => {
                tracing::error!(%reason, "the program for {proofs} failed");
                Refusal::unavailable(format!(
                    "the platform's program for {proofs} failed; try again, or see the platform's log"
                ))
            }
            Self::Busy => {
                Refusal::unavailable(format!("too many {proofs} are made and checked now; try again"))
                    .retry_after(1)
            }
        }
    }
}

/// Limits the commands at a time to the number of cores, the length of the queue, and the time in it.
#[derive(Debug)]
pub(crate) struct ProofQueue {
    running: Semaphore,
    queued: Semaphore,
    wait_limit: Duration,
}

/// The permits of a command, until it has its answer.
pub(crate) struct Turn<'a> {
    _queued: SemaphorePermit<'a>,
    _running: SemaphorePermit<'a>,
}

impl Default for ProofQueue {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self {
            running: Semaphore::new(cores),
            queued: Semaphore::new(QUEUE_LIMIT.saturating_add(cores)),
            wait_limit: WAIT_LIMIT,
        }
    }
}

impl ProofQueue {
    /// Waits until a command may run.
    pub(crate) async fn enter(&self) -> Result<Turn<'_>, ProofError> {
        let queued = self.queued.try_acquire().map_err(|_| ProofError::Busy)?;
        match timeout(self.wait_limit, self.running.acquire()).await {
            Ok(Ok(running)) => Ok(Turn {
                _queued: queued,
                _running: running,
            }),
            Ok(Err(_)) | Err(_) => Err(ProofError::Busy),
        }
    }

    /// Returns whether another command may wait.
    #[cfg(test)]
    pub(crate) fn has_room(&self) -> bool {
        self.queued.available_permits() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefusalKind;

    #[tokio::test]
    async fn a_command_does_not_wait_without_end() {
        let queue = ProofQueue {
            running: Semaphore::new(0),
            queued: Semaphore::new(1),
            wait_limit: Duration::from_millis(1),
        };
        assert_eq!(queue.enter().await.err(), Some(ProofError::Busy));
        assert_eq!(queue.queued.available_permits(), 1, "its place is free again");
    }

    #[test]
    fn a_rejection_is_the_callers_and_a_failure_is_not_shown() {
        let rejected = ProofError::Rejected("no scale".to_owned());
        let refused = rejected.refusal("proofs", |reason| Refusal::bad_request(reason.to_owned()));
        assert_eq!(
            (refused.kind(), refused.message()),
            (RefusalKind::BadRequest, "no scale")
        );
        for error in [
            ProofError::Failed("/opt/air-zk crashed".to_owned()),
            ProofError::Missing("/opt/air-zk is no program".to_owned()),
        ] {
            let refused = error.refusal("proofs", |_| unreachable!());
            assert_eq!(refused.kind(), RefusalKind::Unavailable);
            assert!(!refused.message().contains("/opt/"), "{refused}");
        }
    }
}

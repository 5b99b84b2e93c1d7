//! The program that makes and checks proofs: its commands, its answers, and the queue before it.

use std::{collections::BTreeMap, fmt, pin::Pin, thread, time::Duration};

use air_jwt::JwkSet;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use zeroize::Zeroizing;

use crate::{App, Refusal};

/// The maximum number of commands that wait for the program.
const QUEUE_LIMIT: usize = 64;
/// The maximum time that a command waits for the program: a program that does not answer holds its place until it is stopped.
const WAIT_LIMIT: Duration = Duration::from_mins(1);

/// A program that makes and checks proofs over RDF. It gets all that it needs with each command, and must bound the size and the time of its
/// answers.
pub trait ProofProgram: fmt::Debug + Send + Sync {
    /// Sends a command, and returns the answer.
    fn ask<'a>(&'a self, command: &'a ProofCommand) -> Asking<'a>;
}

/// The answer to a command, once it is known.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<ProofAnswer, ProofError>> + Send + 'a>>;

/// A command in the protocol of `air-ssi`: serialize it as JSON. It can contain a secret key and personal data, so it has no `Debug`.
#[expect(missing_debug_implementations, reason = "it has a key and personal data")]
#[derive(Serialize)]
#[serde(transparent)]
pub struct ProofCommand(pub(super) Command);

#[derive(Serialize)]
#[serde(tag = "command", rename_all = "camelCase")]
pub(super) enum Command {
    Issue(Issue),
    Verify(Verify),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Issue {
    pub(super) suite: &'static str,
    pub(super) issuer: String,
    pub(super) verification_method: String,
    pub(super) key: Zeroizing<String>,
    pub(super) subject: Map<String, Value>,
    pub(super) types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// Seconds since 1970.
    pub(super) valid_from: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid_until: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) statuses: Vec<StatusEntry>,
    pub(super) context: Vec<String>,
    pub(super) contexts: BTreeMap<String, Value>,
}

/// An entry for revocation in a Bitstring Status List.
#[derive(Serialize)]
pub(super) struct StatusEntry {
    pub(super) list: String,
    pub(super) index: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verify {
    pub(super) credential: Map<String, Value>,
    pub(super) issuer: String,
    /// The issuer's keys as Multikeys, by the URLs with which proofs name them.
    pub(super) keys: BTreeMap<String, String>,
    /// The keys of its status lists.
    pub(super) issuer_jwks: JwkSet,
    /// Seconds since 1970.
    pub(super) at: u64,
    pub(super) types: Vec<String>,
    pub(super) suites: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) challenge: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) status_lists: Vec<String>,
    pub(super) contexts: BTreeMap<String, Value>,
}

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

impl From<ProofError> for Refusal {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Missing(reason) => {
                tracing::warn!(%reason, "the program for W3C proofs is missing");
                Self::unavailable(
                    "the platform's program for W3C proofs is missing or is another version; its log says what the operator must install",
                )
            }
            ProofError::Rejected(reason) => {
                Self::conflict(format!("the W3C credential is refused: {reason}"))
            }
            ProofError::Failed(reason) => {
                tracing::error!(%reason, "the program for W3C proofs failed");
                Self::unavailable(
                    "the platform's program for W3C proofs failed; try again, or see the platform's log",
                )
            }
            ProofError::Busy => {
                Self::unavailable("too many W3C proofs are made and checked now; try again").retry_after(1)
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
}

/// Sends a command, after those that wait. Don't hold a transaction.
pub(super) async fn ask(app: &App, command: &ProofCommand) -> Result<ProofAnswer, ProofError> {
    let program = app.proof_program.as_ref().ok_or_else(|| {
        ProofError::Missing("this platform was started without a program for W3C proofs".to_owned())
    })?;
    let _turn = app.proof_queue.enter().await?;
    program.ask(command).await
}

/// Returns the error for an answer that does not belong to the command.
pub(super) fn unexpected() -> ProofError {
    ProofError::Failed("the program gave an unexpected answer".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use air_ids::UnixTime;
    use serde_json::json;

    use super::*;
    use crate::{Clock, RefusalKind};

    /// A program that answers once it is released.
    #[derive(Debug)]
    struct Held {
        /// Has a permit for each command that has begun.
        begun: Semaphore,
        /// Has a permit for each command that may end.
        released: Semaphore,
    }

    impl ProofProgram for Held {
        fn ask<'a>(&'a self, _: &'a ProofCommand) -> Asking<'a> {
            Box::pin(async move {
                self.begun.add_permits(1);
                self.released.acquire().await.unwrap().forget();
                Ok(ProofAnswer {
                    document: Map::new(),
                    exit_code: Some(0),
                })
            })
        }
    }

    fn command() -> ProofCommand {
        ProofCommand(Command::Issue(Issue {
            suite: "bbs-2023",
            issuer: "did:example:i".to_owned(),
            verification_method: "did:example:i#k".to_owned(),
            key: Zeroizing::new("00".to_owned()),
            subject: Map::new(),
            types: Vec::new(),
            holder: None,
            id: None,
            valid_from: 0,
            valid_until: None,
            statuses: Vec::new(),
            context: Vec::new(),
            contexts: BTreeMap::new(),
        }))
    }

    #[test]
    fn a_command_names_itself_and_has_no_empty_members() {
        assert_eq!(
            serde_json::to_value(command()).unwrap(),
            json!({
                "command": "issue",
                "suite": "bbs-2023",
                "issuer": "did:example:i",
                "verificationMethod": "did:example:i#k",
                "key": "00",
                "subject": {},
                "types": [],
                "validFrom": 0,
                "context": [],
                "contexts": {},
            })
        );
    }

    #[tokio::test]
    async fn a_platform_without_the_program_says_so() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1))).await;
        let error = ask(&app, &command()).await.err().unwrap();
        assert!(matches!(error, ProofError::Missing(_)), "{error}");
        assert_eq!(Refusal::from(error).kind(), RefusalKind::Unavailable);
    }

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

    #[tokio::test]
    async fn commands_beyond_the_queue_are_refused() {
        let program = Arc::new(Held {
            begun: Semaphore::new(0),
            released: Semaphore::new(0),
        });
        let app = App::for_tests_with_proofs(Clock::new(|| UnixTime::from_secs(1)), program.clone()).await;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let total = QUEUE_LIMIT + cores;
        let tasks: Vec<_> = (0..total)
            .map(|_| {
                let app = app.clone();
                tokio::spawn(async move { ask(&app, &command()).await.map(drop) })
            })
            .collect();
        let running = u32::try_from(cores).unwrap();
        program.begun.acquire_many(running).await.unwrap().forget();
        while app.proof_queue.queued.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            program.begun.available_permits(),
            0,
            "no more than cores at a time"
        );
        assert_eq!(ask(&app, &command()).await.err(), Some(ProofError::Busy));
        program.released.add_permits(total);
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(()));
        }
    }
}

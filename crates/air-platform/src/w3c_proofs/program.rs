//! The program that makes and checks proofs over RDF: its commands.

use std::{collections::BTreeMap, fmt};

use air_jwt::JwkSet;
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{
    App, Refusal,
    proof_program::{Asking, ProofAnswer, ProofError},
};

/// A program that makes and checks proofs over RDF. It gets all that it needs with each command, and must bound the size and the time of its
/// answers.
pub trait ProofProgram: fmt::Debug + Send + Sync {
    /// Sends a command, and returns the answer.
    fn ask<'a>(&'a self, command: &'a ProofCommand) -> Asking<'a>;
}

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

impl From<ProofError> for Refusal {
    fn from(error: ProofError) -> Self {
        error.refusal("W3C proofs", |reason| {
            Self::conflict(format!("the W3C credential is refused: {reason}"))
        })
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
    use std::{sync::Arc, thread};

    use air_ids::UnixTime;
    use serde_json::json;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::{Clock, RefusalKind, proof_program::QUEUE_LIMIT};

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
        while app.proof_queue.has_room() {
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

//! The program that signs for predicate proofs and verifies them: its commands and their answers.

use std::{collections::BTreeMap, fmt};

use air_api::sandbox::{Condition, PredicateRequest, ProvableCredential};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{
    App, Refusal,
    proof_program::{Asking, ProofAnswer, ProofError},
};

/// A program that signs for predicate proofs and verifies them. It gets all that it needs with each command, and must bound the size and the
/// time of its answers.
pub trait PredicateProgram: fmt::Debug + Send + Sync {
    /// Sends a command, and returns the answer.
    fn ask<'a>(&'a self, command: &'a PredicateCommand) -> Asking<'a>;
}

/// A command in the protocol of `air-zk`: serialize it as JSON. It can contain a secret key and personal data, so it has no `Debug`.
#[expect(missing_debug_implementations, reason = "it has a key and personal data")]
#[derive(Serialize)]
#[serde(transparent)]
pub struct PredicateCommand(pub(super) Command);

#[derive(Serialize)]
#[serde(tag = "command", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Command {
    Keys {
        terms: Terms,
    },
    Issue {
        scheme: Map<String, Value>,
        key: Zeroizing<String>,
        commitment: String,
        challenge: String,
        id: String,
        subject: Map<String, Value>,
    },
    Token {
        scheme: Map<String, Value>,
        key: Zeroizing<String>,
        record: Record,
    },
    Request {
        scheme: Map<String, Value>,
        verifier: String,
        program: String,
        /// Seconds.
        expires_in: u64,
        conditions: Vec<Condition>,
        disclose: Vec<String>,
    },
    Verify {
        scheme: Map<String, Value>,
        request: PredicateRequest,
        presentation: String,
        /// Seconds since 1970.
        at: u64,
    },
}

/// A scheme without the issuer's key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Terms {
    pub(super) issuer: String,
    pub(super) schema_id: String,
    pub(super) schema: Map<String, Value>,
    pub(super) scales: BTreeMap<String, u8>,
    pub(super) epoch_seconds: u64,
}

/// The issuer's record of a credential.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) revocation_nonce: String,
}

/// The answer to `keys`.
#[derive(Deserialize)]
pub(super) struct Keys {
    pub(super) key: Zeroizing<String>,
    pub(super) scheme: Map<String, Value>,
}

/// The answer to `issue`.
#[derive(Deserialize)]
pub(super) struct Issued {
    pub(super) credential: ProvableCredential,
    pub(super) record: Record,
}

/// The answer to `token`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    pub(super) token: String,
    pub(super) epoch: u64,
    /// Seconds since 1970.
    pub(super) valid_until: u64,
}

/// The answer to `request`.
#[derive(Deserialize)]
pub(super) struct Requested {
    pub(super) request: PredicateRequest,
}

/// The answer to `verify`.
pub(super) enum Verdict {
    Valid { disclosed: Map<String, Value> },
    Invalid { reason: String },
}

/// Asks the program for a key, so that a program that is missing, that is another version or that does not work is noticed at the start. A
/// platform without the option has no program to ask.
pub(crate) async fn check_program(app: &App) -> Result<(), ProofError> {
    if app.predicate_program.is_none() {
        return Ok(());
    }
    let form = json!({ "title": "trial", "attributes": [{ "name": "trial", "type": "boolean" }] });
    let terms = Terms {
        issuer: "did:example:trial".to_owned(),
        schema_id: "trial".to_owned(),
        schema: form.as_object().cloned().unwrap_or_default(),
        scales: BTreeMap::new(),
        epoch_seconds: 60,
    };
    let _: Keys = run(app, Command::Keys { terms }).await?;
    Ok(())
}

/// Fails if the platform was started without predicate proofs.
pub(super) fn require_option(app: &App) -> Result<(), Refusal> {
    if app.predicate_program.is_none() {
        return Err(Refusal::not_found(
            "this platform was started without predicate proofs, which are experimental; its operator can turn them on",
        ));
    }
    Ok(())
}

/// Runs a command that succeeds or fails, after those that wait. Don't hold a transaction.
pub(super) async fn run<T: DeserializeOwned>(app: &App, command: Command) -> Result<T, ProofError> {
    let answer = ask(app, command).await?;
    match answer.exit_code {
        Some(0) => serde_json::from_value(Value::Object(answer.document)).map_err(|_| unexpected()),
        _ => Err(unexpected()),
    }
}

/// Verifies a presentation.
pub(super) async fn verify(app: &App, command: Command) -> Result<Verdict, ProofError> {
    read_verdict(ask(app, command).await?)
}

async fn ask(app: &App, command: Command) -> Result<ProofAnswer, ProofError> {
    let program = app.predicate_program.as_ref().ok_or_else(|| {
        ProofError::Missing("this platform was started without a program for predicate proofs".to_owned())
    })?;
    let _turn = app.proof_queue.enter().await?;
    program.ask(&PredicateCommand(command)).await
}

/// Reads a verdict whose exit code agrees with it.
fn read_verdict(answer: ProofAnswer) -> Result<Verdict, ProofError> {
    let mut document = answer.document;
    let is_valid = document.get("valid").and_then(Value::as_bool);
    match (is_valid, answer.exit_code) {
        (Some(true), Some(0)) => match document.remove("disclosed") {
            Some(Value::Object(disclosed)) => Ok(Verdict::Valid { disclosed }),
            _ => Err(unexpected()),
        },
        (Some(false), Some(4)) => match document.remove("reason") {
            Some(Value::String(reason)) => Ok(Verdict::Invalid { reason }),
            _ => Err(unexpected()),
        },
        _ => Err(unexpected()),
    }
}

pub(super) fn unexpected() -> ProofError {
    ProofError::Failed("the program for predicate proofs gave an unexpected answer".to_owned())
}

/// Returns the refusal for an error of the program. `rejected` makes it from the program's reason, if the program rejects the command.
pub(super) fn refusal(error: ProofError, rejected: impl FnOnce(&str) -> Refusal) -> Refusal {
    error.refusal("predicate proofs", rejected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_itself_and_its_members_as_the_program_does() {
        let command = PredicateCommand(Command::Request {
            scheme: Map::new(),
            verifier: "did:example:v".to_owned(),
            program: "p".to_owned(),
            expires_in: 600,
            conditions: Vec::new(),
            disclose: vec!["country".to_owned()],
        });
        assert_eq!(
            serde_json::to_value(command).unwrap(),
            json!({
                "command": "request",
                "scheme": {},
                "verifier": "did:example:v",
                "program": "p",
                "expiresIn": 600,
                "conditions": [],
                "disclose": ["country"],
            })
        );
    }

    /// A program that crashes after its answer has verified nothing.
    #[test]
    fn a_verdict_must_agree_with_its_exit_code() {
        let valid = json!({ "protocol": 1, "valid": true, "disclosed": {}, "epoch": 1 });
        let refused = json!({ "protocol": 1, "valid": false, "failed": "proof", "reason": "no proof" });
        for (document, exit_code, is_read) in [
            (&valid, Some(0), true),
            (&valid, Some(4), false),
            (&valid, None, false),
            (&refused, Some(4), true),
            (&refused, Some(0), false),
            (&json!({ "valid": true }), Some(0), false),
            (&json!({ "disclosed": {} }), Some(0), false),
        ] {
            let document = document.as_object().unwrap().clone();
            let answer = ProofAnswer { document, exit_code };
            assert_eq!(read_verdict(answer).is_ok(), is_read, "{exit_code:?}");
        }
    }
}

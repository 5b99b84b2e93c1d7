//! The programs `air-ssi` and `air-zk` as the programs for proofs of the local platform.

use air_sandbox::proofs::{
    Asking, PredicateCommand, PredicateProgram, ProofAnswer, ProofCommand, ProofError, ProofProgram,
};
use serde::Serialize;

use crate::{
    credential::AIR_SSI,
    exit::{Exit, Failure},
    helper::{Helper, HelperKind},
    proof::AIR_ZK,
};

/// The program for W3C proofs that is installed when a proof is needed: an operator can install it while the platform runs.
#[derive(Debug)]
pub(super) struct InstalledProofs;

/// The program for predicate proofs. Nothing of it was audited.
#[derive(Debug)]
pub(super) struct InstalledPredicates;

#[derive(Serialize)]
struct Command<'a, T> {
    protocol: u64,
    #[serde(flatten)]
    command: &'a T,
}

impl ProofProgram for InstalledProofs {
    fn ask<'a>(&'a self, command: &'a ProofCommand) -> Asking<'a> {
        Box::pin(ask(&AIR_SSI, command))
    }
}

impl PredicateProgram for InstalledPredicates {
    fn ask<'a>(&'a self, command: &'a PredicateCommand) -> Asking<'a> {
        Box::pin(ask(&AIR_ZK, command))
    }
}

async fn ask(
    kind: &'static HelperKind,
    command: &(impl Serialize + Sync),
) -> Result<ProofAnswer, ProofError> {
    let helper = Helper::find(kind).map_err(|failure| ProofError::Missing(text(&failure)))?;
    let command = Command {
        protocol: kind.protocol,
        command,
    };
    let answer = helper
        .ask(&command)
        .await
        .map_err(|failure| match failure.exit() {
            Exit::InputRejected => ProofError::Rejected(text(&failure)),
            _ => ProofError::Failed(text(&failure)),
        })?;
    Ok(ProofAnswer {
        document: answer.document,
        exit_code: answer.exit_code,
    })
}

/// The message of a failure, and its remedy.
fn text(failure: &Failure) -> String {
    match failure.hint() {
        Some(hint) => format!("{}; {hint}", failure.message()),
        None => failure.message().to_owned(),
    }
}

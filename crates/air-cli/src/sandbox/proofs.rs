//! The program `air-ssi` as the program for W3C proofs of the local platform.

use air_sandbox::proofs::{Asking, ProofAnswer, ProofCommand, ProofError, ProofProgram};
use serde::Serialize;

use crate::{
    credential::AIR_SSI,
    exit::{Exit, Failure},
    helper::Helper,
};

/// The program that is installed when a proof is needed: an operator can install it while the platform runs.
#[derive(Debug)]
pub(super) struct InstalledProofs;

#[derive(Serialize)]
struct Command<'a> {
    protocol: u64,
    #[serde(flatten)]
    command: &'a ProofCommand,
}

impl ProofProgram for InstalledProofs {
    fn ask<'a>(&'a self, command: &'a ProofCommand) -> Asking<'a> {
        Box::pin(async move {
            let helper = Helper::find(&AIR_SSI).map_err(|failure| ProofError::Missing(text(&failure)))?;
            let command = Command {
                protocol: AIR_SSI.protocol,
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
        })
    }
}

/// The message of a failure, and its remedy.
fn text(failure: &Failure) -> String {
    match failure.hint() {
        Some(hint) => format!("{}; {hint}", failure.message()),
        None => failure.message().to_owned(),
    }
}

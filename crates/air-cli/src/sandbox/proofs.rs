//! The programs `air-ssi` and `air-zk` as the programs for proofs of the local platform, and the module for proofs in its pages.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use air_sandbox::{
    ProofModule,
    proofs::{
        Asking, PredicateCommand, PredicateProgram, ProofAnswer, ProofCommand, ProofError, ProofProgram,
    },
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

/// The folder of the module for proofs in pages, beside `air-zk`.
const MODULE_FOLDER: &str = "air-zk-browser";

/// Reads the module for proofs in pages from beside `air-zk`. Returns `None` if it is not installed.
pub(super) fn installed_module() -> Result<Option<ProofModule>, Failure> {
    let helper = Helper::find(&AIR_ZK)?;
    match helper.folder() {
        Some(folder) => read_module(&folder.join(MODULE_FOLDER)),
        None => Ok(None),
    }
}

fn read_module(folder: &Path) -> Result<Option<ProofModule>, Failure> {
    let script = read(&folder.join("air_zk.js"), ProofModule::SCRIPT_LIMIT)?;
    let binary = read(&folder.join("air_zk_bg.wasm"), ProofModule::BINARY_LIMIT)?;
    let (Some(script), Some(binary)) = (script, binary) else {
        return Ok(None);
    };
    ProofModule::new(script, binary)
        .map(Some)
        .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))
}

/// Reads at most one byte more than the limit, which `ProofModule` then refuses. Returns `None` for a file that does not exist.
fn read(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(format!("failed to read {}: {error}", path.display()))
            .with_hint("install the module for proofs in pages again, or remove its folder")
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

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

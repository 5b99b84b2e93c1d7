//! A proof from the platform that anchored the credential.

use std::path::PathBuf;

use air_api::CoreClaimHash;
use air_client::{AirClient, Error};
use air_ledger::evm::AnchorProof;
use clap::Args;

use crate::{
    exit::Failure,
    files::{self, Audience, ForceArgs},
    output::Output,
};

/// The file in which the platform's proof is saved.
#[derive(Args)]
pub(super) struct SaveArgs {
    /// With --proof: save the proof of the credential's anchor on a chain, for --offline.
    #[arg(long, value_name = "FILE", requires = "proof", conflicts_with = "offline")]
    save: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArgs,
}

impl SaveArgs {
    pub(super) fn is_set(&self) -> bool {
        self.save.is_some()
    }

    /// Fails early if the file exists.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match &self.save {
            Some(path) if files::is_dash(path) => Err(Failure::usage("--save needs the name of a file")),
            Some(path) => self.force.check(path),
            None => Ok(()),
        }
    }

    /// Saves the proof before it is checked: a refused one is worth a look.
    pub(super) fn write(&self, proof: &AnchorProof, output: Output) -> Result<(), Failure> {
        let Some(path) = &self.save else {
            return Ok(());
        };
        let text = format!("{}\n", proof.to_json());
        self.force.write(path, text.as_bytes(), Audience::Everyone)?;
        output.note(&format!("saved the proof in {}", path.display()));
        Ok(())
    }
}

/// Fetches the proof, which may be a forged one.
pub(super) async fn fetch(client: &AirClient, hash: CoreClaimHash) -> Result<AnchorProof, Failure> {
    let file = client.local().anchor_proof(hash).await.map_err(not_proved)?;
    let proof = AnchorProof::from_json(&file.to_string())
        .map_err(|error| Failure::failed(format!("the platform's proof can't be read: {error}")))?;
    if proof.core_claim_hash.as_bytes() == hash.as_bytes() {
        Ok(proof)
    } else {
        Err(Failure::failed(format!(
            "the platform's proof is for the credential {}, not for {hash}",
            proof.core_claim_hash
        )))
    }
}

fn not_proved(error: Error) -> Failure {
    match error {
        // 409, with a time to ask again.
        Error::Conflict { .. } | Error::InProgress { .. } => {
            Failure::unreachable("no checkpoint with this credential is final on the chain yet")
                .with_hint("run `air status --wait --proof HASH` to wait until its checkpoint is final")
        }
        Error::NotFound { .. } => Failure::from(error)
            .with_hint("check the hash, and that the platform sends its checkpoints to a chain (`air sandbox up --chain`)"),
        error => error.into(),
    }
}

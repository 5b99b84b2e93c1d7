//! `air sandbox seed`.

use std::path::{Path, PathBuf};

use air_api::sandbox::Seed;
use air_client::Error;
use clap::Args;

use super::json_file;
use crate::{exit::Failure, output::Output, partner::SetUpArgs};

#[derive(Args)]
#[command(after_help = "Example:\n  air sandbox seed examples/kyc/seed.json --url http://127.0.0.1:8300")]
pub(crate) struct SeedArgs {
    /// The file with the partner, schemas and programs; `-` is stdin.
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
    #[command(flatten)]
    platform: SetUpArgs,
}

impl SeedArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let seed = read_seed(&self.file)?;
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let seeded = local.seed(&seed).await.map_err(|error| match error {
            Error::Conflict { message, .. } => contradiction(&self.file, &message),
            error => error.into(),
        })?;
        output.document(&seeded)
    }
}

/// The failure for a seed that the platform rejects, or that contradicts what exists.
pub(super) fn contradiction(file: &Path, message: &str) -> Failure {
    Failure::rejected(message).about(&file.display().to_string())
}

/// Reads a seed file.
pub(super) fn read_seed(path: &Path) -> Result<Seed, Failure> {
    json_file::read(path, "a seed file")
}

//! `air sandbox seed`.

use std::path::{Path, PathBuf};

use air_api::sandbox::Seed;
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
        output.document(&local.seed(&seed).await?)
    }
}

/// Reads a seed file.
pub(super) fn read_seed(path: &Path) -> Result<Seed, Failure> {
    json_file::read(path, "a seed file")
}

//! `air sandbox seed`.

use std::path::{Path, PathBuf};

use air_api::sandbox::Seed;
use clap::Args;

use crate::{exit::Failure, files, output::Output, partner::PlatformArgs};

#[derive(Args)]
#[command(after_help = "Example:\n  air sandbox seed examples/kyc/seed.json --url http://127.0.0.1:8300")]
pub(crate) struct SeedArgs {
    /// Partner, schemas and programs; `-` is stdin.
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
    #[command(flatten)]
    platform: PlatformArgs,
    /// The token that a platform beyond loopback printed at start.
    #[arg(long, env = "AIR_ADMIN_TOKEN", hide_env_values = true, hide = true)]
    admin_token: Option<String>,
}

impl SeedArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let seed = read_seed(&self.file)?;
        let client = self.platform.connect()?;
        let mut local = client.local();
        if let Some(token) = &self.admin_token {
            local = local.with_admin_token(token);
        }
        output.document(&local.seed(&seed).await?)
    }
}

/// Reads a seed file. What does not fit is said by place and name, not by value.
pub(super) fn read_seed(path: &Path) -> Result<Seed, Failure> {
    serde_json::from_slice(&files::read(path)?)
        .map_err(|error| Failure::rejected(format!("{} is not a seed file: {error}", path.display())))
}

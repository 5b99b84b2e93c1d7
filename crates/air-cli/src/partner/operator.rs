//! The operator token of a local platform.

use std::{path::PathBuf, sync::OnceLock};

use air_client::{AirClient, SandboxClient};
use clap::Args;
use zeroize::Zeroizing;

use crate::{exit::Failure, files, operator_token, profile::Given};

/// The operator of a local platform.
#[derive(Args)]
pub(crate) struct OperatorArgs {
    /// The operator token, which the platform generates when it starts. Not needed for a platform
    /// that this user runs on this machine.
    #[arg(long, env = "AIR_ADMIN_TOKEN", hide_env_values = true, hide = true)]
    admin_token: Option<String>,
    /// Read the operator token from this file [default: the file that `air sandbox up` left for
    /// this user on this machine].
    #[arg(
        long,
        value_name = "FILE",
        env = "AIR_ADMIN_TOKEN_FILE",
        conflicts_with = "admin_token"
    )]
    admin_token_file: Option<PathBuf>,
    /// Set when the client connects.
    #[arg(skip)]
    found: OnceLock<Zeroizing<String>>,
}

impl OperatorArgs {
    /// The caller's credentials.
    pub(crate) fn given(&self) -> [Given; 2] {
        [
            Given::new("--admin-token", "AIR_ADMIN_TOKEN", self.admin_token.is_some()),
            Given::new(
                "--admin-token-file",
                "AIR_ADMIN_TOKEN_FILE",
                self.admin_token_file.is_some(),
            ),
        ]
    }

    /// Reads the token, or finds the one of the platform at this URL.
    pub(crate) fn find(&self, url: &str) -> Result<(), Failure> {
        let token = match (&self.admin_token, &self.admin_token_file) {
            (Some(token), _) => Some(Zeroizing::new(token.clone())),
            (None, Some(file)) => Some(Zeroizing::new(files::read_text(file)?.trim().to_owned())),
            (None, None) => operator_token::find(url),
        };
        if let Some(token) = token {
            let _ = self.found.set(token);
        }
        Ok(())
    }

    /// A client for the local platform's own API, with the token that was found.
    pub(crate) fn local<'c>(&'c self, client: &'c AirClient) -> SandboxClient<'c> {
        let local = client.local();
        match self.found.get() {
            Some(token) => local.with_admin_token(token),
            None => local,
        }
    }
}

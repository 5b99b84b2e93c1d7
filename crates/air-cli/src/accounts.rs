//! `air partner`: accounts of partners.

mod account;
mod callback_secret;
mod issuer;
mod keys;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Accounts {
    /// Create a partner's account on the local platform, with its issuer and verifier.
    Create(account::Create),
    /// List the local platform's partners, newest first.
    List(account::List),
    /// Show a partner of the local platform.
    Show(account::Show),
    /// Register, show and remove the backend of a partner that signs credentials itself.
    #[command(subcommand)]
    Issuer(issuer::Issuer),
    /// Remove a registered public key of a partner of the local platform.
    RemoveKey(keys::RemoveKey),
    /// Replace the secret that callbacks to an issuer of the local platform are signed with, and print the new one.
    RotateCallbackSecret(callback_secret::RotateCallbackSecret),
}

impl Accounts {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Create(arguments) => arguments.run(output).await,
            Self::List(arguments) => arguments.run(output).await,
            Self::Show(arguments) => arguments.run(output).await,
            Self::Issuer(command) => command.run(output).await,
            Self::RemoveKey(arguments) => arguments.run(output).await,
            Self::RotateCallbackSecret(arguments) => arguments.run(output).await,
        }
    }
}

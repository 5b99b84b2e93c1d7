//! `air wallet`: a wallet without pages, for tests and scripts. It speaks `OpenID4VCI` and `OpenID4VP` to
//! any issuer and verifier.

mod authorization;
mod callback;
mod claims;
mod dpop;
mod encryption;
mod endpoint;
mod folder;
mod issuance;
mod metadata;
mod present;
mod proofs;
mod provider;
mod receive;
mod request;
mod tokens;
mod transactions;
mod verifier;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Wallet {
    /// Receive the credentials of an offer, and store them with their keys in a folder.
    Receive(receive::Receive),
    /// Answer a presentation request with the stored credentials that match it.
    Present(present::Present),
}

impl Wallet {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Receive(arguments) => arguments.run(output).await,
            Self::Present(arguments) => arguments.run(output).await,
        }
    }
}

//! `air cak`: the CAK specification, sections 1 to 4.

mod context;
mod convert;
mod derive;
mod inspect;
mod names;
mod open;
mod recipient;
mod rewrap;
mod seal;
mod show;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

pub(crate) use derive::DerivedKey;

#[derive(Subcommand)]
pub(crate) enum Cak {
    /// Derive the key of [User – Issuer – Schema] from a seed or an identity wallet.
    Derive(derive::Derive),
    /// Seal a document of any size to a public key.
    Seal(seal::Seal),
    /// Open a sealed document; nothing is written before the last chunk has authenticated.
    Open(open::Open),
    /// Describe a sealed file without any key.
    Inspect(inspect::Inspect),
    /// Reseal a document to another key, for another context or under another label.
    Rewrap(Box<rewrap::Rewrap>),
    /// Show the public key that a user gave to an issuer on the local platform.
    Show(show::Show),
    /// Convert a key to hex, base64url, JWK, PEM, did:key, or PEM encrypted with a passphrase.
    Convert(convert::Convert),
}

impl Cak {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Derive(arguments) => arguments.run(output),
            Self::Seal(arguments) => arguments.run(output),
            Self::Open(arguments) => arguments.run(output),
            Self::Inspect(arguments) => arguments.run(output),
            Self::Rewrap(arguments) => arguments.run(output),
            Self::Show(arguments) => arguments.run(output).await,
            Self::Convert(arguments) => arguments.run(output),
        }
    }
}

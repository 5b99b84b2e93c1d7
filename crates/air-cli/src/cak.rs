//! `air cak`: the CAK specification, sections 1 to 4.

mod context;
mod derive;
mod open;
mod seal;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

pub(crate) use derive::DerivedKey;

#[derive(Subcommand)]
pub(crate) enum Cak {
    /// Derives the key of [User – Issuer – Schema] from a seed or an identity wallet.
    Derive(derive::Derive),
    /// Seals a document of any size to a public key.
    Seal(seal::Seal),
    /// Opens a sealed document; nothing is written before the last chunk has authenticated.
    Open(open::Open),
}

impl Cak {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Derive(arguments) => arguments.run(output),
            Self::Seal(arguments) => arguments.run(output),
            Self::Open(arguments) => arguments.run(output),
        }
    }
}

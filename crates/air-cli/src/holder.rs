//! `air holder`: credentials that an issuer sealed to their holder.

mod open;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Holder {
    /// Open an envelope that an issuer sealed to a holder, and print the credential.
    Open(open::Open),
}

impl Holder {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Open(arguments) => arguments.run(output),
        }
    }
}

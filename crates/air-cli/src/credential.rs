//! `air credential`: SD-JWT VC, and W3C credentials as JWTs or with an embedded proof.

mod issue;
pub(crate) mod lists;
mod present;
mod rdf;
mod show;
mod trust;
mod verify;

use clap::Subcommand;

pub(crate) use self::rdf::AIR_SSI;
use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Credential {
    /// Issue a credential with a local key and print it.
    Issue(issue::Issue),
    /// Show a credential or presentation without verifying it: claims, withheld claims and validity.
    Show(show::Show),
    /// Present chosen claims to a verifier, with a proof that the holder has the credential's key.
    Present(present::Present),
    /// Verify a credential or presentation and print its claims, or the check that failed (exit 4).
    Verify(verify::Verify),
}

impl Credential {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Issue(arguments) => arguments.run(output).await,
            Self::Show(arguments) => arguments.run(output).await,
            Self::Present(arguments) => arguments.run(output).await,
            Self::Verify(arguments) => arguments.run(output).await,
        }
    }
}

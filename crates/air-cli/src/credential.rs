//! `air credential`: SD-JWT VC, and W3C credentials as JWTs.

mod issue;
pub(crate) mod lists;
mod present;
mod show;
mod verify;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Credential {
    /// Issues a credential with a key of one's own and prints it.
    Issue(issue::Issue),
    /// Draws a credential or presentation: what it says, what is withheld, until when it holds. Verifies nothing.
    Show(show::Show),
    /// Shows chosen claims to a verifier, and proves that they are the holder's.
    Present(present::Present),
    /// Verifies a credential or presentation and prints its claims, or the check that failed (exit 4).
    Verify(verify::Verify),
}

impl Credential {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Issue(arguments) => arguments.run(output),
            Self::Show(arguments) => arguments.run(output),
            Self::Present(arguments) => arguments.run(output),
            Self::Verify(arguments) => arguments.run(output).await,
        }
    }
}

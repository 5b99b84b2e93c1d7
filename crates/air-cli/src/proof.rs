//! `air proof` and `air verify-proof`: predicate proofs, which the program `air-zk` makes and verifies.
//! Nothing of it was audited.

mod commit;
mod inputs;
mod issue;
mod keys;
mod out;
mod present;
mod program;
mod request;
mod token;
mod verify;

use clap::Subcommand;

pub(crate) use self::{keys::Scale, program::AIR_ZK, verify::VerifyProof};
use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Proof {
    /// Generate an issuer's key, and the scheme that holders and verifiers need. Experimental, not
    /// audited, and off by default.
    Keys(keys::Keys),
    /// Commit to a new secret of the holder, for an issuer's challenge. Experimental, not audited, and
    /// off by default.
    Commit(commit::Commit),
    /// Sign a subject for a holder who committed to a secret. Experimental, not audited, and off by
    /// default.
    Issue(issue::Issue),
    /// Confirm that a credential is not revoked in the current epoch. Experimental, not audited, and
    /// off by default.
    Token(token::Token),
    /// Request a proof of conditions, with a new nonce. Experimental, not audited, and off by default.
    Request(request::Request),
    /// Answer a request with a proof. Experimental, not audited, and off by default.
    Present(present::Present),
}

impl Proof {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Keys(arguments) => arguments.run(output).await,
            Self::Commit(arguments) => arguments.run(output).await,
            Self::Issue(arguments) => arguments.run(output).await,
            Self::Token(arguments) => arguments.run(output).await,
            Self::Request(arguments) => arguments.run(output).await,
            Self::Present(arguments) => arguments.run(output).await,
        }
    }
}

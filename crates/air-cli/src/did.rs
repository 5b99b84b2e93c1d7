//! `air did`: identifiers, and the documents in which issuers publish their keys.

mod document;
mod resolve;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Did {
    /// Resolve a DID to its document: did:key, did:jwk, did:web (from its host), or did:air (from a
    /// local platform).
    Resolve(resolve::Resolve),
    /// Print an issuer's document to serve at `/.well-known/did.json` or `/.well-known/jwt-vc-issuer`.
    Document(document::Document),
}

impl Did {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Resolve(arguments) => arguments.run(output).await,
            Self::Document(arguments) => arguments.run(output).await,
        }
    }
}

//! `air did`: identifiers, and the documents in which issuers publish their keys.

mod document;
mod resolve;

use clap::Subcommand;

use crate::{exit::Failure, output::Output};

#[derive(Subcommand)]
pub(crate) enum Did {
    /// The document of a DID: did:key and did:jwk from themselves, did:web from its host, did:air from a local platform.
    Resolve(resolve::Resolve),
    /// An issuer's own document, to be served: `/.well-known/did.json`, or `/.well-known/jwt-vc-issuer`.
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

//! `air did resolve`.

use air_jwt::JwkSet;
use air_vc::did::{AirDid, Did, DidDocument};
use clap::Args;

use crate::{
    exit::Failure,
    issuer::{resolver, unresolved},
    output::Output,
    partner::{LocalOnly, PlatformArgs},
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air did resolve did:web:issuer.example\n  \
                  # asks the platform at --url\n  \
                  air did resolve did:air:id:test:4P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB")]
pub(crate) struct Resolve {
    #[command(flatten)]
    platform: PlatformArgs,
    /// The DID.
    did: String,
}

impl Resolve {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let did: Did = self.did.parse().map_err(|error| self.unresolved(&error))?;
        let document = if did.method() == "air" {
            self.ask_platform(&did).await?
        } else {
            resolver()?
                .resolve(&did)
                .await
                .map_err(|error| self.unresolved(&error))?
        };
        for skipped in document.skipped() {
            let name = skipped
                .id
                .as_ref()
                .map_or_else(|| "a key without a name".into(), ToString::to_string);
            output.note(&format!("skipped key {name}: {}", skipped.reason));
        }
        let json: serde_json::Value =
            serde_json::from_str(&document.to_json()).map_err(|error| Failure::failed(error.to_string()))?;
        output.document(&json)
    }

    /// The command has no option for keys, so its error has no hint at one.
    fn unresolved(&self, error: &air_vc::Error) -> Failure {
        unresolved(&self.did, error).without_hint()
    }

    /// Builds the document of a did:air from the local platform's keys, since there is no public
    /// resolver. A mistyped DID fails early.
    async fn ask_platform(&self, did: &Did) -> Result<DidDocument, Failure> {
        self.did
            .parse::<AirDid>()
            .map_err(|error| self.unresolved(&error))?;
        let published = self
            .platform
            .connect_local(LocalOnly::RESOLUTION)?
            .local()
            .issuer_keys(did.as_str())
            .await?;
        let keys = JwkSet::from_slice(published.to_string().as_bytes())
            .map_err(|error| Failure::failed(format!("the platform's set: {error}")))?;
        Ok(DidDocument::for_issuer(did, &keys))
    }
}

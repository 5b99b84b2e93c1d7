//! `air did document`.

use air_vc::did::{Did, DidDocument, DidJwk, DidKey, DidWeb, IssuerMetadata, IssuerUrl};
use clap::Args;
use serde_json::Value;

use crate::{exit::Failure, jwks::source::JwksSource, output::Output};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air did document --did did:web:issuer.example --jwks jwks.json > did.json\n  \
                  air did document --issuer https://issuer.example --jwks jwks.json \\\n      \
                  > jwt-vc-issuer\n  \
                  # the key as an identifier\n  \
                  air did document --did did:key --jwks jwks.json | jq -r .id")]
pub(crate) struct Document {
    /// The issuer's DID; `did:key` or `did:jwk` alone derives it from the only key in the set.
    #[arg(
        long,
        value_name = "DID",
        conflicts_with = "issuer",
        required_unless_present = "issuer"
    )]
    did: Option<String>,
    /// The issuer's https URL; prints its metadata instead of a DID document.
    #[arg(long, value_name = "URL")]
    issuer: Option<IssuerUrl>,
    /// The issuer's public set: a file, or an http(s) URL.
    #[arg(long, value_name = "FILE|URL")]
    jwks: JwksSource,
}

impl Document {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let keys = self.jwks.load().await?;
        let (json, place) = match (&self.issuer, self.did.as_deref()) {
            (Some(issuer), _) => {
                let place = issuer.metadata_url().to_string();
                (
                    IssuerMetadata::with_keys(issuer.clone(), keys).to_json(),
                    Some(place),
                )
            }
            (None, Some("did:key")) => (DidKey::new(only(&keys)?).document().to_json(), None),
            (None, Some("did:jwk")) => (DidJwk::new(only(&keys)?).document().to_json(), None),
            (None, did) => {
                let did: Did = parse(did.unwrap_or_default())?;
                let place = match did.method() {
                    "web" => Some(parse::<DidWeb>(did.as_str())?.document_url().to_string()),
                    _ => None,
                };
                (DidDocument::for_issuer(&did, &keys).to_json(), place)
            }
        };
        let json: Value = serde_json::from_str(&json).map_err(|error| Failure::failed(error.to_string()))?;
        output.document(&json)?;
        if let Some(place) = place.filter(|_| !output.is_json()) {
            output.note(&format!("Serve it at {place}"));
        }
        Ok(())
    }
}

fn parse<T: std::str::FromStr<Err = air_vc::Error>>(text: &str) -> Result<T, Failure> {
    text.parse()
        .map_err(|error| Failure::rejected(format!("{text}: {error}")))
}

fn only(keys: &air_jwt::JwkSet) -> Result<&air_jwt::VerifyingKey, Failure> {
    match keys.iter().as_slice() {
        [key] => Ok(key.verifying_key()),
        _ => Err(Failure::rejected(
            "the set must have exactly one key, since the key is the identifier",
        )),
    }
}

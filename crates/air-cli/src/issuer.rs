//! An issuer's public keys: from --issuer-jwks, or from the location that the issuer's name implies.

use air_fetch::{Fetcher, NetworkPolicy};
use air_jwt::JwkSet;
use air_vc::{Error, did::Resolver};
use clap::Args;

use crate::{
    exit::{Exit, Failure},
    jwks::source::JwksSource,
};

/// A trusted issuer and its keys.
#[derive(Args)]
pub(crate) struct IssuerArgs {
    /// The issuer that must have signed it.
    #[arg(long, value_name = "ISS")]
    pub(crate) issuer: String,
    /// The issuer's JWK set (`{"keys": […]}`), not its DID document or metadata: a file, or an http(s)
    /// URL [default: resolved from the issuer's name: did:key, did:jwk, did:web, or the metadata of an
    /// https URL at `/.well-known/jwt-vc-issuer`].
    #[arg(long, value_name = "FILE|URL")]
    issuer_jwks: Option<JwksSource>,
}

impl IssuerArgs {
    pub(crate) async fn keys(&self) -> Result<JwkSet, Failure> {
        match &self.issuer_jwks {
            Some(source) => source.load().await,
            None => resolver()?
                .issuer_keys(&self.issuer)
                .await
                .map_err(|error| unresolved(&self.issuer, &error)),
        }
    }
}

/// Fetches from public addresses, and from this machine for development.
pub(crate) fn resolver() -> Result<Resolver<Fetcher>, Failure> {
    Ok(Resolver::new(Fetcher::new(NetworkPolicy::PublicAndLoopback)?).in_development())
}

pub(crate) fn unresolved(name: &str, error: &Error) -> Failure {
    let exit = match error {
        Error::Fetch { .. } => Exit::Unreachable,
        _ => Exit::InputRejected,
    };
    let cause = std::error::Error::source(error).and_then(std::error::Error::source);
    let failure = Failure::new(exit, format!("{name}: {error}"))
        .with_details(cause.map(ToString::to_string).into_iter().collect());
    match error {
        Error::UnresolvableDid { .. } | Error::InvalidIssuer { .. } => {
            failure.with_hint("pass its keys with --issuer-jwks")
        }
        _ => failure,
    }
}

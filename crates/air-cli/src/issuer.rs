//! Which keys an issuer signs with: as the user says, or where the issuer's name says.

use air_fetch::{Fetcher, Reach};
use air_jwt::JwkSet;
use air_vc::{Error, did::Resolver};
use clap::Args;

use crate::{
    exit::{Exit, Failure},
    jwks::source::JwksSource,
};

/// An issuer that is trusted, and its keys.
#[derive(Args)]
pub(crate) struct IssuerArgs {
    /// The issuer that must have issued it.
    #[arg(long, value_name = "ISS")]
    pub(crate) issuer: String,
    /// The issuer's public set: a file, or an http(s) URL. Unless said, its name tells where it is: did:key, did:jwk, did:web, or
    /// the metadata of an https URL (`/.well-known/jwt-vc-issuer`).
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

/// Fetches from public addresses, and from this machine: a developer's issuer is there.
pub(crate) fn resolver() -> Result<Resolver<Fetcher>, Failure> {
    Ok(Resolver::new(Fetcher::new(Reach::PublicAndLoopback)?).in_development())
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
            failure.with_hint("give its keys with --issuer-jwks")
        }
        _ => failure,
    }
}

//! The source of the URL and the credentials: both from the caller, or both from the profile.

use std::path::Path;

use air_client::{AirClient, Environment};
use clap::{Args, Parser};

use super::local_only::LocalOnly;
use crate::{
    exit::Failure,
    profile::{FILE, Given, Profile, ProfileArgs},
};

/// The local platform's default address.
pub(crate) const LOCAL_URL: &str = "http://127.0.0.1:8300";

/// A platform.
#[derive(Args)]
pub(crate) struct PlatformArgs {
    /// The platform's URL, without a path; or `sandbox`, `production` [default: the profile's, or
    /// http://127.0.0.1:8300].
    #[arg(long, env = "AIR_URL")]
    url: Option<String>,
    #[command(flatten)]
    profile: ProfileArgs,
}

/// Where the URL and the credentials of a command come from: all from the caller, or all from the profile.
pub(crate) enum Origin {
    /// Options and environment.
    Caller { url: String },
    /// A profile of `air.toml`.
    Profile(Box<Profile>),
}

impl Origin {
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Caller { url } => url,
            Self::Profile(profile) => &profile.url,
        }
    }

    pub(crate) fn environment(&self) -> Result<Environment, Failure> {
        self.url().parse().map_err(|error: air_client::Error| {
            let failure = Failure::from(error);
            match self {
                Self::Caller { .. } => failure,
                Self::Profile(profile) => failure.about(&format!("{FILE}, profile {}", profile.name)),
            }
        })
    }

    /// The environment of a local platform.
    pub(super) fn local_environment(&self, what: LocalOnly) -> Result<Environment, Failure> {
        let environment = self.environment()?;
        if environment.is_hosted() {
            return Err(what.refusal());
        }
        Ok(environment)
    }

    pub(crate) fn profile(&self) -> Option<&Profile> {
        match self {
            Self::Caller { .. } => None,
            Self::Profile(profile) => Some(profile),
        }
    }
}

impl PlatformArgs {
    /// Chooses the URL. A URL of the caller excludes the profile, unless it is the profile's own
    /// and the caller has no credentials. A URL of the profile excludes the caller's credentials.
    pub(crate) fn origin(&self, credentials: &[Given]) -> Result<Origin, Failure> {
        if let Some(url) = &self.url {
            if let Some(name) = self.profile.name() {
                return Err(Failure::usage(format!(
                    "{} and the profile `{name}` exclude each other: a profile has its own URL",
                    Given::new("--url", "AIR_URL", true)
                )));
            }
            let has_credentials = credentials.iter().any(|given| given.is_set);
            return match self.profile.load() {
                Ok(Some(profile)) if !has_credentials && is_same_platform(url, &profile.url) => {
                    Ok(Origin::Profile(Box::new(profile)))
                }
                _ => Ok(Origin::Caller { url: url.clone() }),
            };
        }
        let Some(profile) = self.profile.load()? else {
            return Ok(Origin::Caller {
                url: LOCAL_URL.to_owned(),
            });
        };
        match credentials.iter().find(|given| given.is_set) {
            None => Ok(Origin::Profile(Box::new(profile))),
            Some(given) => Err(Failure::usage(format!(
                "{given} is set, but the URL would come from the profile `{}` of {FILE}: URL and credentials must \
                 have the same source",
                profile.name
            ))
            .with_hint("pass --url with the platform of these credentials, or omit them to use the profile's")),
        }
    }

    pub(crate) fn connect(&self) -> Result<AirClient, Failure> {
        client(self.origin(&[])?.environment()?)
    }

    /// Connects to a local platform, for a command that a hosted platform does not have.
    pub(crate) fn connect_local(&self, what: LocalOnly) -> Result<AirClient, Failure> {
        client(self.origin(&[])?.local_environment(what)?)
    }
}

/// The platform of a command without options for one.
#[derive(Parser)]
struct OwnPlatform {
    #[command(flatten)]
    platform: PlatformArgs,
}

/// Whether the user's own platform is on this machine: that of `AIR_URL` or of the profile, or the
/// default one. A platform that can't be determined is elsewhere.
pub(crate) fn is_own_platform_local() -> bool {
    let environment = || {
        let own = OwnPlatform::try_parse_from(["air"]).ok()?;
        own.platform.origin(&[]).ok()?.environment().ok()
    };
    environment().is_some_and(|environment: Environment| environment.is_loopback())
}

/// Whether two addresses, or names of hosted platforms, are one platform.
fn is_same_platform(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(str::parse::<Environment>);
    matches!((one, other), (Ok(one), Ok(other)) if one == other)
}

pub(super) fn client(environment: Environment) -> Result<AirClient, Failure> {
    Ok(AirClient::builder(environment).build()?)
}

/// The failure for a value that neither the caller nor the profile has.
pub(super) fn missing(option: &str, origin: &Origin) -> Failure {
    match origin {
        Origin::Caller { .. } if Path::new(FILE).exists() => Failure::usage(format!("missing {option}"))
            .with_hint(format!(
                "pass it, or omit --url and unset AIR_URL to use the profile of {FILE}"
            )),
        Origin::Caller { .. } => Failure::usage(format!("missing {option}"))
            .with_hint("pass it, or run `air init` to create a profile with the values of later commands"),
        Origin::Profile(profile) => Failure::usage(format!(
            "missing {option}: the profile `{}` of {FILE} does not have it",
            profile.name
        ))
        .with_hint(format!("add it to {FILE}")),
    }
}

//! `air doctor`: checks each possible cause of a refused token by itself, since the platform answers 401 for all of them.

mod chain;
mod issuer;
mod keys;
mod platform;
mod service;

use air_api::{ProgramId, sandbox::PROBE_HEADER};
use air_client::{
    AirClient,
    middleware::{Attempt, ExtraHeaders, Middleware},
};
use air_fetch::{Fetcher, NetworkPolicy};
use clap::Args;

use crate::{
    exit::Failure,
    finding::{self, Finding, Level},
    keys::PartnerKey,
    output::Output,
    partner::{Account, Named, PartnerArgs},
    time,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air doctor --key partner-key.pem --partner-id \"$PARTNER_ID\" \\\n      \
                  --jwks-url http://127.0.0.1:8311/jwks.json --program \"$PROGRAM_ID\"\n  \
                  # a running service, without a key\n  \
                  air doctor --service https://issuer.example")]
pub(crate) struct Doctor {
    #[command(flatten)]
    partner: PartnerArgs,
    /// The URL of the partner's public key set, as registered with the platform.
    #[arg(long, value_name = "URL", env = "AIR_JWKS_URL")]
    jwks_url: Option<String>,
    /// The issuance program to check: a name of the profile, or an id (`credentialId`).
    #[arg(long, value_name = "NAME|ID", env = "AIR_PROGRAM")]
    program: Option<String>,
    /// Check this running service instead: a platform, or an issuer's service.
    #[arg(long, value_name = "URL")]
    service: Option<String>,
    /// The URL of the service's metrics, e.g. `http://127.0.0.1:9464/metrics`.
    #[arg(long, value_name = "URL", requires = "service")]
    metrics: Option<String>,
}

/// The subject of the checks.
struct Target {
    account: Account,
    program: Option<ProgramId>,
    is_hosted: bool,
    is_loopback: bool,
}

/// Marks each request as a probe, so that the platform's log of failed requests does not list the refusals that the checks cause.
#[derive(Debug)]
struct MarkAsProbe;

impl Middleware for MarkAsProbe {
    fn before(&self, _: &Attempt<'_>, headers: &mut ExtraHeaders) -> Result<(), air_client::Error> {
        headers.insert(PROBE_HEADER, "doctor")
    }
}

impl Doctor {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        if let Some(url) = &self.service {
            let fetcher = Fetcher::new(NetworkPolicy::Any)?;
            let findings = service::examine(&fetcher, url, self.metrics.as_deref(), time::now()).await?;
            return finding::report(&findings, output);
        }
        let account = self.partner.account()?;
        let environment = account.environment()?;
        let program = Named::programs(account.profile())?.resolve_if_clear(self.program.as_deref())?;
        let is_loopback = environment.is_loopback();
        let is_hosted = environment.is_hosted();
        let builder = AirClient::builder(environment).timeout(std::time::Duration::from_secs(10));
        let client = if is_hosted {
            builder.build()?
        } else {
            builder.middleware(MarkAsProbe).build()?
        };
        let target = Target {
            account,
            program,
            is_hosted,
            is_loopback,
        };
        let findings = self.examine(&client, &target, output).await?;

        finding::report(&findings, output)
    }

    /// Fetches a JWK set as the platform does. A platform on this machine accepts private keys in a set on this machine.
    fn jwks_fetcher(is_loopback: bool) -> Result<Fetcher, Failure> {
        let fetcher = Fetcher::new(NetworkPolicy::Any)?;
        Ok(if is_loopback {
            fetcher.using_leaked_keys_from_loopback()
        } else {
            fetcher
        })
    }

    async fn examine(
        &self,
        client: &AirClient,
        target: &Target,
        output: Output,
    ) -> Result<Vec<Finding>, Failure> {
        let is_hosted = target.is_hosted;
        let mut findings = Vec::new();
        let key = match target.account.open_key(output).await {
            Ok(key) => {
                findings.push(Finding::good(
                    "key",
                    format!("{} key {}", key.public_jwk().algorithm(), key.public_jwk().kid()),
                ));
                Some(key)
            }
            Err(failure) => {
                let remedy = failure.hint().unwrap_or("pass a readable private key with --key");
                findings.push(Finding::failed(
                    "key",
                    "key-unreadable",
                    failure.message(),
                    remedy,
                ));
                None
            }
        };
        match &self.jwks_url {
            Some(url) => {
                let fetcher = Self::jwks_fetcher(target.is_loopback)?;
                findings.extend(
                    keys::examine(&fetcher, url, key.as_ref().map(PartnerKey::public_jwk), is_hosted).await,
                );
            }
            None => findings.push(Finding::skipped("jwks", "no --jwks-url was given")),
        }
        let reached = platform::clock(client, time::now()).await;
        let is_reached = reached.level() != Level::Failed || reached.code() == Some("clock-skew");
        findings.push(reached);
        if is_reached && !is_hosted {
            findings.push(platform::operator(client).await);
            findings.extend(chain::examine(client).await);
            if let Some(partner) = target.account.partner_id() {
                let fetcher = Fetcher::new(NetworkPolicy::PublicAndLoopback)?;
                findings.extend(issuer::examine(client, &fetcher, partner, time::now()).await);
            }
        }
        findings.push(match (&key, target.account.partner_id()) {
            _ if !is_reached => Finding::skipped("token", "the platform was not reached"),
            (None, _) => Finding::skipped("token", "no signing key is available"),
            (_, None) => Finding::skipped("token", "no --partner-id was given"),
            (Some(key), Some(partner)) => platform::token(client, key.signer(), partner, time::now()).await,
        });
        findings.push(match &target.program {
            _ if !is_reached => Finding::skipped("program", "the platform was not reached"),
            None => Finding::skipped("program", "no --program was given"),
            Some(program) => platform::program(client, program, is_hosted).await,
        });
        Ok(findings)
    }
}

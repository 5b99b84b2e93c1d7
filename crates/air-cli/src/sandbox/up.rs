//! `air sandbox up`.

use std::{
    convert::Infallible,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use air_api::sandbox::Ready;
use air_sandbox::{Airkit, Config, Data, DatabaseUrl, Limits, Network, Platform, Quotas, Tls};
use air_x509::Anchors;
use clap::Args;
#[cfg(not(feature = "otel"))]
use tracing_subscriber::layer::Identity;
use zeroize::Zeroizing;

use super::{
    chain::ChainArgs,
    mail::MailArgs,
    proofs::{InstalledPredicates, InstalledProofs, installed_module},
    seed::{contradiction, read_seed},
};
use crate::{
    database_text::DatabaseText,
    exit::Failure,
    files,
    interrupt::Interrupts,
    keys::shell_word,
    log::{self, LogFormat},
    operator_token::Published,
    output::Output,
    service_manager::ServiceManager,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air sandbox up --data ./platform --seed examples/kyc/seed.json\n  \
                  air sandbox up --listen 127.0.0.1:8443 --tls-cert cert.pem --tls-key key.pem \\\n      \
                  --rate-limit 50\n  \
                  # behind a proxy\n  \
                  air sandbox up --public-url https://air.example.com --data ./platform\n\
                  \n\
                  Each start generates an operator token, `adminToken` in the line that it prints. Other `air` commands of the \
                  same user find it. Set-up, events, logs and the dashboard require it, unless the platform listens on \
                  loopback and its public URL names this machine; --require-token requires it in that case, too.\n\
                  \n\
                  RUST_LOG=air_sandbox=info shows each call on stderr. A service manager that sets NOTIFY_SOCKET, such as \
                  systemd with Type=notify, gets READY=1 when the platform is ready.")]
pub(crate) struct Up {
    /// The address to listen on; port 0 picks a free port.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8300")]
    listen: SocketAddr,
    /// The public base URL, e.g. `https://air.example`; credentials name their status lists by it. Set it behind a proxy. A host other
    /// than this machine makes the operator token required [default: the listen address].
    #[arg(long, value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Require the operator token for set-up, events, logs and the dashboard also from clients on this machine. Use it when other users
    /// of the machine, or a proxy on it, must not act as the operator.
    #[arg(long)]
    require_token: bool,
    /// The folder for the database, or `:memory:`.
    #[arg(long, value_name = "DIR|:memory:", default_value = ":memory:")]
    data: Folder,
    /// A PostgreSQL database to use instead, e.g. `postgres://air@host/air`; several platforms may share it. Accepts the forms of psql:
    /// `postgres://air@[::1]:5432/air`, and `postgres://air@/air?host=/run/postgresql` for a Unix socket. A password comes from the
    /// environment (AIR_DATABASE, PGPASSWORD) or ~/.pgpass.
    #[arg(
        long,
        value_name = "URL",
        env = "AIR_DATABASE",
        hide_env_values = true,
        conflicts_with = "data"
    )]
    database: Option<DatabaseText>,
    /// Serve https with this certificate chain (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Let only wallets that a wallet provider attests use an authorization code, and accept key attestations; the authorities of the
    /// providers' certificates (PEM) [default: a wallet names itself].
    #[arg(long, value_name = "FILE")]
    wallet_providers: Option<PathBuf>,
    /// Accept key proofs with a certificate chain (`x5c`) under these authorities (PEM), which must not be those of wallet providers
    /// [default: refuse them].
    #[arg(long, value_name = "FILE")]
    wallet_key_authorities: Option<PathBuf>,
    /// Also serve the pages of the AIR Kit SDK, over https with a self-made certificate; `buildEnv: "development"` uses port 8200.
    #[arg(
        long,
        value_name = "ADDR:PORT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "127.0.0.1:8200"
    )]
    airkit: Option<SocketAddr>,
    /// Answer 429 to an address that sends more requests in a second [default: no limit].
    #[arg(long, value_name = "REQUESTS")]
    rate_limit: Option<NonZeroU32>,
    /// Limit the connections of one address; an IPv6 address counts by its first 64 bits.
    #[arg(long, value_name = "CONNECTIONS", default_value = "256")]
    connections_per_address: NonZeroU32,
    /// Name a reverse proxy, as ADDRESS or ADDRESS/PREFIX, that may have any number of connections. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    trusted_proxy: Vec<Network>,
    /// Answer 507 to a partner that stores more bytes of objects, sealed credentials and unexpired packages.
    #[arg(long, value_name = "BYTES", default_value_t = Quotas::default().stored_bytes)]
    quota_bytes: u64,
    /// Answer 409 to a verifier with more open callback records, over all issuers.
    #[arg(long, value_name = "RECORDS", default_value_t = Quotas::default().open_callbacks)]
    quota_callbacks: u32,
    /// The format of the log on stderr; RUST_LOG selects the level.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
    /// A seed file to apply before the platform is ready. What it names exists once, so it can be passed at every start.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Let programs have predicate proofs: holders prove conditions without the values. Experimental, not audited. The platform needs the
    /// program `air-zk`.
    #[arg(long)]
    experimental_proofs: bool,
    #[command(flatten)]
    mail: MailArgs,
    #[command(flatten)]
    chain: ChainArgs,
}

pub(super) fn database_url(text: &DatabaseText) -> Result<DatabaseUrl, Failure> {
    text.expose()
        .parse()
        .map_err(|error| Failure::from(error).about("--database or AIR_DATABASE"))
}

#[derive(Clone, Debug)]
struct Folder(Data);

impl FromStr for Folder {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(match text {
            ":memory:" => Data::Memory,
            folder => Data::Folder(folder.into()),
        }))
    }
}

impl Up {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        #[cfg(feature = "otel")]
        let traces = air_sandbox::traces_from_environment()?;
        #[cfg(feature = "otel")]
        log::start(self.log_format, traces.as_ref().map(air_sandbox::Traces::layer));
        #[cfg(not(feature = "otel"))]
        {
            log::start(self.log_format, None::<Identity>);
            log::warn_of_no_traces(output);
        }
        let seed = self.seed.as_deref().map(read_seed).transpose()?;
        let mut config = self.config()?;
        config.channel = self.mail.channel(output)?;
        config.proof_program = Some(Arc::new(InstalledProofs));
        if self.experimental_proofs {
            config.predicate_program = Some(Arc::new(InstalledPredicates));
            config.proof_module = installed_module()?.map(Arc::new);
        }
        if let Some(chain) = self.chain.settings(output).await? {
            config = config.chain(chain);
        }
        let platform = Platform::start(config).await?;
        let seeded = match (&self.seed, seed) {
            (Some(file), Some(seed)) => {
                let applied = platform.seed(seed).await;
                Some(applied.map_err(|refusal| contradiction(file, refusal.message()))?)
            }
            _ => None,
        };
        let url = platform.url();
        if self.public_url.is_none() && self.tls_cert.is_none() && !platform.address().ip().is_loopback() {
            output.note(
                "warning: credentials will name a status list at an http URL that is not on this machine, which verifiers refuse; \
                 --public-url says where it is over https",
            );
        }
        let published =
            Published::new(platform.address(), platform.operator_token()).unwrap_or_else(|failure| {
                output.note(&format!(
                    "warning: failed to store the operator token for other commands: {}",
                    failure.message()
                ));
                None
            });
        let service_manager = ServiceManager::from_environment();
        let is_stored = service_manager.is_some() || matches!(self.log_format, LogFormat::Json);
        output.note(&login(&platform, is_stored));
        if let Some(airkit) = platform.airkit() {
            output.note(&trust(&airkit.url(), airkit.ca_file()));
        }
        let mut interrupts = Interrupts::listen();
        output.compact_document(&Ready {
            ready: true,
            api_url: format!("{url}/v1"),
            url,
            airkit_url: platform.airkit().map(Airkit::url),
            seeded,
            admin_token: Some(platform.operator_token().to_owned()),
            admin_token_required: platform.admin_token().is_some(),
            admin_token_file: platform
                .operator_token_file()
                .or(published.as_ref().map(Published::file))
                .map(|file| file.display().to_string()),
            dashboard_url: platform.dashboard_url(),
        })?;
        if let Some(manager) = &service_manager {
            manager.ready(output);
        }
        interrupts.next().await;
        if let Some(manager) = &service_manager {
            manager.stopping(output);
        }
        platform.stop().await?;
        #[cfg(feature = "otel")]
        if let Some(traces) = traces
            && !traces.stop().await
        {
            output.note("warning: failed to send the last traces to the OpenTelemetry collector");
        }
        output.note("stopped");
        Ok(())
    }

    fn config(&self) -> Result<Config, Failure> {
        let wallet_providers = anchors(self.wallet_providers.as_deref())?;
        let wallet_key_authorities = anchors(self.wallet_key_authorities.as_deref())?;
        if let (Some(providers), Some(keys)) = (&wallet_providers, &wallet_key_authorities)
            && keys.share_authority(providers)
        {
            return Err(Failure::usage(
                "--wallet-key-authorities and --wallet-providers have the same authority: a wallet's key could attest other wallets",
            ));
        }
        let mut config = Config::default();
        config.listen = self.listen;
        config.public_url.clone_from(&self.public_url);
        config.require_token = self.require_token;
        config.data = match &self.database {
            Some(text) => Data::Postgres(database_url(text)?),
            None => self.data.0.clone(),
        };
        config.limits = Limits {
            rate: self.rate_limit,
            connections_per_address: usize::try_from(self.connections_per_address.get())
                .unwrap_or(usize::MAX),
            ..Limits::default()
        };
        config.trusted_proxies.clone_from(&self.trusted_proxy);
        config.quotas = Quotas {
            stored_bytes: self.quota_bytes,
            open_callbacks: self.quota_callbacks,
        };
        config.wallet_providers = wallet_providers;
        config.wallet_key_authorities = wallet_key_authorities;
        config.tls = self.tls()?;
        config.airkit = self.airkit;
        Ok(config)
    }

    fn tls(&self) -> Result<Option<Tls>, Failure> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        let key_file = Zeroizing::new(files::read(key)?);
        let tls = Tls::from_pem(&files::read(certificate)?, &key_file);
        Ok(Some(tls.map_err(|error| {
            Failure::rejected(format!(
                "{} and {}: {error}",
                certificate.display(),
                key.display()
            ))
        })?))
    }
}

/// Reads the certificates of authorities.
fn anchors(file: Option<&Path>) -> Result<Option<Arc<Anchors>>, Failure> {
    let Some(file) = file else {
        return Ok(None);
    };
    let anchors = Anchors::from_pem(&files::read(file)?)
        .map_err(|error| Failure::rejected(format!("{}: {error}", file.display())))?;
    Ok(Some(Arc::new(anchors)))
}

/// Says where the dashboard is, and how to log in.
fn login(platform: &Platform, is_stored: bool) -> String {
    let url = platform.dashboard_url();
    if platform.admin_token().is_none() {
        return format!("The dashboard is at {url}");
    }
    if !is_stored {
        return format!("The dashboard is at {url} (the link logs one browser in, once)");
    }
    // A service manager or a pipeline stores stderr in a log, where a link that logs in does not belong.
    let page = url.split_once("/login?").map_or(&*url, |(page, _)| page);
    format!("The dashboard is at {page}; log in with the operator token")
}

/// Explains where the SDK's pages are, and how to trust their certificate.
fn trust(url: &str, ca_file: Option<&Path>) -> String {
    let (authority, file) = match ca_file {
        Some(file) => {
            let file = file.display().to_string();
            (format!("trust {file}"), shell_word(&file))
        }
        None => (
            format!("download {url}/ca.pem and trust it; it is new after each start (--data keeps it)"),
            "ca.pem".to_owned(),
        ),
    };
    format!(
        "The AIR Kit's pages are at {url}. Open it once and accept the certificate, or {authority}:\n  \
         Chromium  Settings, Privacy and security, Security, Manage certificates: import it under Custom\n  \
         Firefox   Settings, Privacy & Security, View Certificates, Authorities: import it\n  \
         Node      NODE_EXTRA_CA_CERTS={file}\n  \
         curl      curl --cacert {file} {url}\n\
         It can vouch for localhost and the SDK's own hosts alone, and nothing installs it for you."
    )
}

/// The URL without its trailing slash.
fn public_url(text: &str) -> Result<String, String> {
    let invalid =
        || "must be a whole http or https URL without a query, such as https://air.example.com".to_owned();
    let url = url::Url::parse(text).map_err(|_| invalid())?;
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !bare {
        return Err(invalid());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_that_trust_the_authority_name_its_folder() {
        let url = "https://localhost:8200";
        let text = trust(url, Some(Path::new("my data/airkit-ca.pem")));
        assert!(
            text.contains("NODE_EXTRA_CA_CERTS='my data/airkit-ca.pem'\n"),
            "{text}"
        );
        assert!(text.contains("--cacert 'my data/airkit-ca.pem' https"), "{text}");
        let text = trust(url, None);
        assert!(text.contains("download https://localhost:8200/ca.pem"), "{text}");
        assert!(text.contains("--cacert ca.pem https"), "{text}");
    }
}

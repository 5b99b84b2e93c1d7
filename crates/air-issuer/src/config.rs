//! The configuration: the vendor's environment variables and `issuer.toml`, parsed once.

mod admin_pages;
mod air;
mod api_keys;
mod database;
mod duration;
mod environment;
mod error;
#[cfg(feature = "signers")]
mod external_key;
mod file;
mod http;
mod key_section;
mod keys;
mod open_files;
#[cfg(feature = "openid4vc")]
mod openid4vc;
mod origin;
mod proxy;
mod schema;
mod status_list;
mod webhook;

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::Path,
};

use air_fetch::{Fetcher, NetworkPolicy, Proxy, SetupError};
use air_vc::did::DidWeb;
use serde::Deserialize;

#[cfg(feature = "signers")]
pub(crate) use self::external_key::{ExternalKey, Place};
#[cfg(feature = "openid4vc")]
pub(crate) use self::openid4vc::Openid4vcConfig;
pub(crate) use self::{
    admin_pages::AdminPagesConfig,
    air::AirConfig,
    api_keys::ApiKeys,
    database::DatabaseConfig,
    http::HttpConfig,
    keys::{KeyConfig, KeySource, KeysConfig, is_another},
    origin::Origin,
    status_list::StatusListConfig,
};
use self::{duration::Seconds, environment::IGNORED, file::File, schema::Sources};
pub use self::{environment::Environment, error::ConfigError, schema::SchemaConfig};
use crate::signed_post::SignedPost;

/// The vendor's service listens on all addresses, too.
const LISTEN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
/// The vendor's port.
const PORT: u16 = 3000;

/// The form of `iss` in credentials and status lists, and of the header's `kid`. It is fixed with the first credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IssForm {
    /// `iss` is the did:web of the origin, `kid` the full name of the key in the DID document.
    #[default]
    DidWeb,
    /// `iss` is the origin, `kid` the key's bare id.
    Origin,
}

impl IssForm {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DidWeb => "did-web",
            Self::Origin => "origin",
        }
    }
}

/// A checked configuration.
#[derive(Debug)]
pub struct Config {
    pub(crate) origin: Origin,
    pub(crate) did: DidWeb,
    pub(crate) iss: IssForm,
    pub(crate) database: DatabaseConfig,
    pub(crate) air: AirConfig,
    pub(crate) keys: KeysConfig,
    pub(crate) api_keys: ApiKeys,
    pub(crate) admin_api_keys: ApiKeys,
    pub(crate) status_list: Option<StatusListConfig>,
    /// Offers to wallets, if they are on.
    #[cfg(feature = "openid4vc")]
    pub(crate) openid4vc: Option<Openid4vcConfig>,
    pub(crate) schemas: Vec<SchemaConfig>,
    pub(crate) http: HttpConfig,
    /// The proxy of outgoing requests.
    proxy: Option<Proxy>,
    also_known_as: Option<String>,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    /// The admin pages, if they are on.
    pub(crate) admin_pages: Option<AdminPagesConfig>,
    /// Requests a second with each API key.
    pub(crate) rate_limit: Option<NonZeroU32>,
    /// The endpoint of events, if they are on.
    pub(crate) webhook: Option<SignedPost>,
    warnings: Vec<String>,
}

impl Config {
    /// Checks the environment's variables and, if there is one, the text of `issuer.toml`. A variable takes
    /// precedence over the file. Relative paths of the file start at `folder`.
    ///
    /// # Errors
    /// [`ConfigError`] for the first rule that is broken.
    pub fn read(environment: &Environment, toml: Option<&str>, folder: &Path) -> Result<Self, ConfigError> {
        let file = File::parse(toml.unwrap_or_default())?;
        let longest_timeout = file.longest_timeout().map(Seconds::duration);
        let open_files = open_files::find(environment, &file, folder);
        let mut warnings = Vec::new();
        let origin = origin(environment, file.origin)?;
        let did = origin.did()?;
        if let Some(algorithm) = environment.get("SD_JWT_HASH_ALG")
            && algorithm != "sha-256"
        {
            return Err(ConfigError::invalid(
                "SD_JWT_HASH_ALG",
                "this service supports sha-256 only; remove the variable",
            ));
        }
        for (name, reason) in IGNORED {
            if environment.get(name).is_some() {
                warnings.push(format!("`{name}` has no effect: {reason}; remove it"));
            }
        }
        let keys = KeysConfig::read(environment, &file.keys, folder, &mut warnings)?;
        let api_keys = read_api_keys(environment, "API_KEY", "api-keys", &file.api_keys, &mut warnings)?;
        let admin_api_keys = read_api_keys(
            environment,
            "ADMIN_API_KEY",
            "admin-api-keys",
            &file.admin_api_keys,
            &mut warnings,
        )?;
        if admin_api_keys.has_one_of(&api_keys) {
            warnings.push(
                "`API_KEY` and `ADMIN_API_KEY` share a key, so that the platform can act as the operator; give each its own"
                    .to_owned(),
            );
        }
        let admin_pages = AdminPagesConfig::read(
            file.admin_listen,
            file.admin_origin.as_deref(),
            &origin,
            &mut warnings,
        )?;
        let status_list = status_list::read(environment, &file.status_list, &mut warnings)?;
        #[cfg(feature = "openid4vc")]
        let openid4vc = file
            .openid4vc
            .map(|section| Openid4vcConfig::read(&section, &origin, status_list, &mut warnings))
            .transpose()?;
        #[cfg(not(feature = "openid4vc"))]
        if file.openid4vc.is_some() {
            return Err(ConfigError::invalid(
                "openid4vc",
                "this build does not offer credentials to wallets; enable the Cargo feature `openid4vc`, \
                 or remove the section",
            ));
        }
        let air = AirConfig::read(environment, file.air)?;
        let longest_call = air.timeout.max(longest_timeout.unwrap_or_default());
        let proxy = proxy::read(environment)?;
        let sources = Sources {
            folder,
            environment,
            proxy: proxy.as_ref(),
        };
        warnings.extend(open_files);
        let config = Self {
            keys,
            database: DatabaseConfig::read(environment, file.sqlite, folder)?,
            http: file.http.read(air.timeout, longest_call)?,
            air,
            api_keys,
            admin_api_keys,
            status_list,
            #[cfg(feature = "openid4vc")]
            openid4vc,
            schemas: schema::read_all(&file.schemas, sources)?,
            also_known_as: environment.get("IDEN3_ISSUER_DID").map(str::to_owned),
            address: SocketAddr::new(file.listen.unwrap_or(LISTEN), port(environment, file.port)?),
            metrics_address: file.metrics_listen,
            admin_pages,
            rate_limit: file.rate_limit,
            webhook: webhook::read(file.webhook.as_ref(), sources)?,
            iss: file.iss,
            origin,
            did,
            proxy,
            warnings,
        };
        Ok(config)
    }

    /// Reads the process's environment and, if a path is given, `issuer.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] for the first rule that is broken.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = Environment::from_process();
        let Some(path) = file else {
            return Self::read(&environment, None, Path::new("."));
        };
        let toml = fs::read_to_string(path).map_err(|source| ConfigError::File {
            name: "issuer.toml".to_owned(),
            path: path.to_owned(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::read(&environment, Some(&toml), folder)
    }

    /// Adds a schema that is configured in code, with any source of claims.
    #[must_use]
    pub fn with_schema(mut self, schema: SchemaConfig) -> Self {
        self.schemas.retain(|other| other.id != schema.id);
        self.schemas.push(schema);
        self
    }

    /// The address and port to listen on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address and port of `/metrics`, if it is on.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// The address and port of the admin pages, if they are on.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_pages.as_ref().map(|pages| pages.address)
    }

    /// The issuer's DID: the `did:web` of its origin.
    #[must_use]
    pub fn did(&self) -> String {
        self.did.to_string()
    }

    /// The public origin of the service, such as `https://issuer.example`.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.origin.as_str()
    }

    /// Problems that the operator should fix, but that do not prevent the start.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The HTTP client for the origins that the operator configured.
    pub(crate) fn fetcher(&self) -> Result<Fetcher, SetupError> {
        match &self.proxy {
            Some(proxy) => Fetcher::through(proxy),
            None => Fetcher::new(NetworkPolicy::Any),
        }
    }

    /// `iss` of credentials and status lists.
    pub(crate) fn issuer(&self) -> String {
        match self.iss {
            IssForm::DidWeb => self.did.to_string(),
            IssForm::Origin => self.origin.as_str().to_owned(),
        }
    }

    /// The text before a key's id in the header's `kid` of credentials and status lists.
    pub(crate) fn kid_prefix(&self) -> Option<String> {
        match self.iss {
            IssForm::DidWeb => Some(format!("{}#", self.did)),
            IssForm::Origin => None,
        }
    }

    pub(crate) fn also_known_as(&self) -> Option<&str> {
        self.also_known_as.as_deref()
    }

    pub(crate) fn schema(&self, id: &str) -> Option<&SchemaConfig> {
        self.schemas.iter().find(|schema| schema.id == id)
    }
}

fn origin(environment: &Environment, file: Option<String>) -> Result<Origin, ConfigError> {
    let name = "ISSUER_ORIGIN";
    let text = environment.get(name).map(str::to_owned).or(file);
    let text = text.ok_or_else(|| {
        ConfigError::missing(
            name,
            "set it to the https origin of this service, such as https://issuer.example",
        )
    })?;
    Origin::parse(name, &text)
}

/// Reads the keys of one kind of caller. Without a key nobody could call, and an empty one would admit everybody.
fn read_api_keys(
    environment: &Environment,
    variable: &str,
    setting: &str,
    hashes: &[String],
    warnings: &mut Vec<String>,
) -> Result<ApiKeys, ConfigError> {
    if environment.is_empty_text(variable) {
        return Err(ConfigError::invalid(
            variable,
            "it is empty, which would admit everybody; set it to at least 32 random characters, or remove it",
        ));
    }
    let mut keys = ApiKeys::default();
    if let Some(lines) = environment.secret(variable)? {
        keys.add_lines(variable, &lines)?;
    }
    for hash in hashes {
        keys.add_hash(setting, hash)?;
    }
    if keys.is_empty() {
        return Err(ConfigError::missing(
            variable,
            "set it to at least 32 random characters, such as those of `openssl rand -hex 32`",
        ));
    }
    if keys.count_short() > 0 {
        warnings.push(format!(
            "`{variable}` has a key of fewer than 32 characters; replace it soon by one of `openssl rand -hex 32`"
        ));
    }
    Ok(keys)
}

fn port(environment: &Environment, file: Option<u16>) -> Result<u16, ConfigError> {
    match environment.get("PORT") {
        Some(text) => text
            .parse()
            .map_err(|_| ConfigError::invalid("PORT", "must be a number from 0 to 65535")),
        None => Ok(file.unwrap_or(PORT)),
    }
}

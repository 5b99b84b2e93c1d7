//! The sections of `issuer.toml`.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
};

use serde::Deserialize;

use super::{ConfigError, IssForm, duration::Seconds, http::HttpSection, key_section::KeyList};

/// The maximum size of the file.
const LIMIT: usize = 1024 * 1024;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) origin: Option<String>,
    pub(super) iss: IssForm,
    /// The address to listen on.
    pub(super) listen: Option<IpAddr>,
    pub(super) port: Option<u16>,
    /// The address and port of `/metrics`.
    pub(super) metrics_listen: Option<SocketAddr>,
    /// The address and port of the admin pages.
    pub(super) admin_listen: Option<SocketAddr>,
    /// The https origin of the proxy in front of the admin pages.
    pub(super) admin_origin: Option<String>,
    /// Requests a second with each API key.
    pub(super) rate_limit: Option<NonZeroU32>,
    pub(super) sqlite: Option<PathBuf>,
    /// Hashes of keys, for callers whose keys this machine should not know.
    pub(super) api_keys: Vec<String>,
    pub(super) admin_api_keys: Vec<String>,
    pub(super) http: HttpSection,
    pub(super) air: AirSection,
    pub(super) keys: KeysSection,
    pub(super) status_list: StatusListSection,
    /// Offers to wallets are on if the section is present.
    #[cfg(feature = "openid4vc")]
    pub(super) openid4vc: Option<Openid4vcSection>,
    #[cfg(not(feature = "openid4vc"))]
    pub(super) openid4vc: Option<serde::de::IgnoredAny>,
    pub(super) schemas: Vec<SchemaSection>,
    /// Events are off without the section.
    pub(super) webhook: Option<WebhookSection>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AirSection {
    pub(super) partner_id: Option<String>,
    pub(super) api_origin: Option<String>,
    pub(super) chain_origin: Option<String>,
    pub(super) timeout: Option<Seconds>,
}

/// Keys for each purpose. A purpose without one has the partner's key.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct KeysSection {
    pub(super) tokens: KeyList,
    pub(super) credentials: KeyList,
    pub(super) status_lists: KeyList,
    /// A JWK set of further keys to publish.
    pub(super) published: Option<PathBuf>,
    /// The ids of keys that may be missing although credentials that they signed are valid.
    pub(super) withdrawn: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct StatusListSection {
    pub(super) partition_size: Option<u64>,
    pub(super) ttl: Option<Seconds>,
    pub(super) lifetime: Option<Seconds>,
}

#[cfg(feature = "openid4vc")]
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Openid4vcSection {
    pub(super) name: Option<String>,
    pub(super) require_dpop: bool,
    pub(super) offer_lifetime: Option<Seconds>,
    pub(super) open_offers: Option<NonZeroU32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SchemaSection {
    pub(super) id: String,
    pub(super) vct: Option<String>,
    /// The type's metadata document, whose hash becomes `vct#integrity`.
    pub(super) vct_document: Option<PathBuf>,
    pub(super) valid_for: Seconds,
    /// Claims that the holder can't withhold.
    #[serde(default)]
    pub(super) always_visible: Vec<String>,
    /// The schema: a form of `air schema`, or a JSON Schema.
    pub(super) document: PathBuf,
    pub(super) claims: Option<ClaimsSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ClaimsSection {
    pub(super) table: Option<PathBuf>,
    pub(super) hook: Option<HookSection>,
    pub(super) sql: Option<SqlSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HookSection {
    pub(super) url: String,
    pub(super) secret_file: PathBuf,
    pub(super) timeout: Option<Seconds>,
}

/// The endpoint of events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WebhookSection {
    pub(super) url: String,
    pub(super) secret_file: PathBuf,
    pub(super) timeout: Option<Seconds>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SqlSection {
    pub(super) url_file: Option<PathBuf>,
    /// The name of an environment variable.
    pub(super) url_env: Option<String>,
    pub(super) query: String,
    pub(super) timeout: Option<Seconds>,
    pub(super) connections: Option<NonZeroU32>,
}

impl File {
    /// The longest time limit that a source of claims or a key has.
    pub(super) fn longest_timeout(&self) -> Option<Seconds> {
        let claims = self.schemas.iter().filter_map(|schema| schema.claims.as_ref());
        let sources = claims.flat_map(|claims| {
            [
                claims.hook.as_ref().and_then(|hook| hook.timeout),
                claims.sql.as_ref().and_then(|sql| sql.timeout),
            ]
        });
        let keys = [&self.keys.tokens, &self.keys.credentials, &self.keys.status_lists];
        let keys = keys.into_iter().flat_map(|list| &list.0).map(|key| key.timeout);
        sources.chain(keys).flatten().max()
    }

    pub(super) fn parse(toml: &str) -> Result<Self, ConfigError> {
        if toml.len() > LIMIT {
            return Err(ConfigError::Toml {
                reason: "the file is longer than 1 MiB; remove everything that is not configuration"
                    .to_owned(),
            });
        }
        toml_edit::de::from_str(toml).map_err(|error: toml_edit::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = toml.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
            ConfigError::Toml {
                reason: format!("line {line}: {}", error.message()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_timeout_is_that_of_a_source_or_a_key() {
        let longest = |toml: &str| {
            let file = File::parse(toml).unwrap();
            file.longest_timeout().map(|timeout| timeout.0)
        };
        let key = "[keys]\ntokens = [{ file = \"a\" }, { url = \"u\", timeout = \"40s\" }]\n";
        let schema = "[[schemas]]\nid = \"a\"\nvalid-for = \"1d\"\ndocument = \"d\"\n";
        let hook = format!(
            "{schema}claims = {{ hook = {{ url = \"u\", secret-file = \"s\", timeout = \"50s\" }} }}\n"
        );
        let sql =
            format!("{schema}claims = {{ sql = {{ url-file = \"u\", query = \"q\", timeout = \"2m\" }} }}\n");
        assert_eq!(longest(""), None);
        assert_eq!(longest(key), Some(40));
        assert_eq!(longest(&format!("{key}{hook}")), Some(50));
        assert_eq!(longest(&format!("{hook}{sql}{key}")), Some(120));
    }
}

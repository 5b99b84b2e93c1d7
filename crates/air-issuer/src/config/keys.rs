//! The configured keys that sign tokens, credentials and status lists. The service opens those elsewhere at its start.

use std::path::Path;

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, Kid, SharedSigner, SigningKey};

#[cfg(feature = "signers")]
use super::external_key::ExternalKey;
use super::{
    ConfigError, Environment,
    environment::read_secret,
    file::KeysSection,
    key_section::{KeyList, KeySection, parse_kid},
};

const PARTNER_KEY: &str = "PARTNER_PRIVATE_KEY_DER";
const EXACTLY_ONE: &str = "a key must have exactly one of `file`, `pkcs11` and `url`";

/// The configured keys.
#[derive(Debug)]
pub(crate) struct KeysConfig {
    /// Sign Partner JWTs.
    pub(crate) tokens: Vec<KeyConfig>,
    /// Sign credentials.
    pub(crate) credentials: Vec<KeyConfig>,
    /// Sign status lists.
    pub(crate) status_lists: Vec<KeyConfig>,
    /// Further keys to publish: those of `PARTNER_JWKS` and of `keys.published`.
    pub(crate) further: JwkSet,
    /// The ids of keys that may be missing although credentials that they signed are valid.
    pub(crate) withdrawn: Vec<String>,
}

/// A key, and the time from which it signs.
#[derive(Clone, Debug)]
pub(crate) struct KeyConfig {
    /// The place in `issuer.toml`, or the variable.
    pub(crate) name: String,
    pub(crate) source: KeySource,
    pub(crate) signs_from: UnixTime,
}

/// The place of a key.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    /// A key of this process.
    Memory { signer: SharedSigner, public: Box<Jwk> },
    /// A key in a token or behind a service.
    #[cfg(feature = "signers")]
    External(ExternalKey),
}

impl KeySource {
    fn in_memory(key: SigningKey, kid: Option<Kid>) -> Self {
        let key = match kid {
            Some(kid) => key.with_kid(kid),
            None => key,
        };
        Self::Memory {
            public: Box::new(key.public_jwk()),
            signer: SharedSigner::new(key),
        }
    }

    /// The public half, if it is known before the key is opened.
    #[cfg_attr(
        not(feature = "signers"),
        allow(clippy::unnecessary_wraps, reason = "each key is known in this build")
    )]
    pub(crate) fn public(&self) -> Option<&Jwk> {
        match self {
            Self::Memory { public, .. } => Some(public),
            #[cfg(feature = "signers")]
            Self::External(_) => None,
        }
    }

    /// A text that equal keys have in common.
    fn identity(&self) -> String {
        match self {
            Self::Memory { public, .. } => public.thumbprint().to_string(),
            #[cfg(feature = "signers")]
            Self::External(key) => key.address(),
        }
    }
}

impl KeySection {
    fn read(&self, name: &str, environment: &Environment, folder: &Path) -> Result<KeySource, ConfigError> {
        match (&self.file, &self.pkcs11, &self.url) {
            (Some(file), None, None) => {
                if self.token_file.is_some() || self.timeout.is_some() {
                    return Err(ConfigError::invalid(
                        name,
                        "`token-file` and `timeout` are for keys elsewhere; remove them beside `file`",
                    ));
                }
                let text = read_secret(name, &folder.join(file))?;
                let key = SigningKey::from_text(&text)
                    .map_err(|error| ConfigError::invalid(name, error.to_string()))?;
                Ok(KeySource::in_memory(key, self.parsed_kid(name)?))
            }
            (None, Some(_), None) | (None, None, Some(_)) => self.read_external(name, environment, folder),
            _ => Err(ConfigError::invalid(name, EXACTLY_ONE)),
        }
    }

    #[cfg(feature = "signers")]
    fn read_external(
        &self,
        name: &str,
        environment: &Environment,
        folder: &Path,
    ) -> Result<KeySource, ConfigError> {
        let key = match (&self.pkcs11, &self.url) {
            (Some(uri), None) => ExternalKey::token(uri, self, name, environment, folder)?,
            (None, Some(url)) => ExternalKey::service(url, self, name, environment, folder)?,
            _ => return Err(ConfigError::invalid(name, EXACTLY_ONE)),
        };
        Ok(KeySource::External(key))
    }

    #[cfg(not(feature = "signers"))]
    #[expect(clippy::unused_self, reason = "the other build reads the section")]
    fn read_external(&self, name: &str, _: &Environment, _: &Path) -> Result<KeySource, ConfigError> {
        Err(ConfigError::invalid(
            name,
            "this build reads keys from files only; enable the Cargo feature `signers`, or set `file`",
        ))
    }
}

impl KeysConfig {
    pub(super) fn read(
        environment: &Environment,
        sections: &KeysSection,
        folder: &Path,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let partner = partner_key(environment)?;
        let read = |list: &KeyList, name: &str| match (list.0.as_slice(), &partner) {
            ([], Some(partner)) => Ok(vec![partner.clone()]),
            ([], None) => Err(ConfigError::missing(
                PARTNER_KEY,
                "set it to the partner's private key (base64 of PKCS#8 DER), or name the keys in [keys] of issuer.toml",
            )),
            (sections, _) => read_keys(sections, name, environment, folder),
        };
        let tokens = read(&sections.tokens, "keys.tokens")?;
        let credentials = read(&sections.credentials, "keys.credentials")?;
        let status_lists = read(&sections.status_lists, "keys.status-lists")?;
        if have_a_common_key(&credentials, &tokens) {
            warnings.push(
                "one key signs tokens and credentials; give each its own in [keys] of issuer.toml".to_owned(),
            );
        }
        let signing = credentials.iter().chain(&status_lists);
        let further = further(environment, sections.published.as_deref(), folder, &signing)?;
        Ok(Self {
            tokens,
            credentials,
            status_lists,
            further,
            withdrawn: sections.withdrawn.clone(),
        })
    }
}

/// Reads the keys of a purpose. Each but the first signs later than the one before it.
fn read_keys(
    sections: &[KeySection],
    name: &str,
    environment: &Environment,
    folder: &Path,
) -> Result<Vec<KeyConfig>, ConfigError> {
    let mut keys: Vec<KeyConfig> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let name = match sections.len() {
            1 => name.to_owned(),
            _ => format!("{name}[{index}]"),
        };
        let signs_from = section.signs_from.map_or(UnixTime::EPOCH, |time| time.0);
        if keys
            .last()
            .is_some_and(|earlier| signs_from <= earlier.signs_from)
        {
            return Err(ConfigError::invalid(
                name,
                "set `signs-from` to a later time than that of the key before it",
            ));
        }
        let source = section.read(&name, environment, folder)?;
        keys.push(KeyConfig {
            name,
            source,
            signs_from,
        });
    }
    Ok(keys)
}

fn have_a_common_key(some: &[KeyConfig], others: &[KeyConfig]) -> bool {
    let others: Vec<String> = others.iter().map(|key| key.source.identity()).collect();
    some.iter().any(|key| others.contains(&key.source.identity()))
}

fn partner_key(environment: &Environment) -> Result<Option<KeyConfig>, ConfigError> {
    let Some(text) = environment.secret(PARTNER_KEY)? else {
        return Ok(None);
    };
    let key = SigningKey::from_base64_der(&text)
        .or_else(|_| SigningKey::from_text(&text))
        .map_err(|_| {
            ConfigError::invalid(
                PARTNER_KEY,
                "must be the base64 of a PKCS#8 private key for ES256 (P-256) or RS256; convert it with `openssl pkcs8`",
            )
        })?;
    if let Some(algorithm) = environment.get("PARTNER_PRIVATE_KEY_ALG")
        && algorithm != key.algorithm().as_str()
    {
        return Err(ConfigError::invalid(
            "PARTNER_PRIVATE_KEY_ALG",
            format!(
                "the key is for {}; correct the variable or the key",
                key.algorithm()
            ),
        ));
    }
    let name = "PARTNER_PRIVATE_KEY_KID";
    let kid = environment
        .get(name)
        .map(|kid| parse_kid(kid, name))
        .transpose()?;
    Ok(Some(KeyConfig {
        name: PARTNER_KEY.to_owned(),
        source: KeySource::in_memory(key, kid),
        signs_from: UnixTime::EPOCH,
    }))
}

/// The further keys of `PARTNER_JWKS` and of `keys.published`. They must agree with the keys that sign: a verifier
/// that finds another key under the same id refuses each credential.
fn further<'k>(
    environment: &Environment,
    file: Option<&Path>,
    folder: &Path,
    signing: &(impl Iterator<Item = &'k KeyConfig> + Clone),
) -> Result<JwkSet, ConfigError> {
    let mut keys: Vec<Jwk> = Vec::new();
    let variable = ["PARTNER_JWKS", "SD_JWT_JWKS"]
        .into_iter()
        .find_map(|name| Some((name, environment.get(name)?)));
    let file = file
        .map(|file| read_secret("keys.published", &folder.join(file)))
        .transpose()?;
    let file = file.as_ref().map(|json| ("keys.published", json.as_str()));
    for (name, json) in variable.into_iter().chain(file) {
        let set = JwkSet::from_slice(json.as_bytes()).map_err(|error| {
            ConfigError::invalid(
                name,
                format!("{error}; or remove it, and the set follows from the key"),
            )
        })?;
        let publics = signing.clone().filter_map(|key| key.source.public());
        for key in publics.chain(&keys) {
            if is_another(&set, key) {
                return Err(ConfigError::invalid(
                    name,
                    format!(
                        "its key `{}` is not the one that signs; correct the set or the key",
                        key.kid()
                    ),
                ));
            }
        }
        let new: Vec<Jwk> = set
            .iter()
            .filter(|key| keys.iter().all(|known| known.kid() != key.kid()))
            .cloned()
            .collect();
        keys.extend(new);
    }
    JwkSet::new(keys).map_err(|error| ConfigError::invalid("keys.published", error.to_string()))
}

/// Whether the set has another key under the id of this one.
pub(crate) fn is_another(set: &JwkSet, key: &Jwk) -> bool {
    set.find(key.kid().as_str())
        .is_some_and(|known| known.verifying_key() != key.verifying_key())
}

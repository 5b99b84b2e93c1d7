//! The keys that sign tokens, credentials and status lists, and the published set.

use std::path::Path;

use air_jwt::{Algorithm, Jwk, JwkSet, Kid, SharedSigner, Signer, SignerError, SigningKey};
use air_vc::did::DidWeb;

use super::{
    ConfigError, Environment, IssForm, environment::read_secret, file::KeySection, file::KeysSection,
};

const PARTNER_KEY: &str = "PARTNER_PRIVATE_KEY_DER";

/// A signer under the name that tokens have in their header.
#[derive(Clone, Debug)]
pub(crate) struct NamedSigner {
    signer: SharedSigner,
    kid: Kid,
}

impl Signer for NamedSigner {
    fn algorithm(&self) -> Algorithm {
        self.signer.algorithm()
    }

    fn kid(&self) -> &Kid {
        &self.kid
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.signer.sign(message).await
    }
}

/// The keys of the service.
#[derive(Clone, Debug)]
pub(crate) struct SigningKeys {
    /// Signs Partner JWTs.
    pub(crate) tokens: SharedSigner,
    /// Signs credentials.
    pub(crate) credentials: NamedSigner,
    /// Signs status lists.
    pub(crate) status_lists: NamedSigner,
    /// The keys of credentials and status lists, and those of `PARTNER_JWKS`.
    pub(crate) published: JwkSet,
}

/// A signer and its public key.
#[derive(Clone)]
struct Key {
    signer: SharedSigner,
    public: Jwk,
}

impl Key {
    fn new(key: SigningKey, kid: Option<&str>, name: &str) -> Result<Self, ConfigError> {
        let key = match kid {
            Some(kid) => key.with_kid(kid.parse().map_err(|_| {
                ConfigError::invalid(
                    name,
                    "a key's id must have 1 to 256 characters, none of them a control character",
                )
            })?),
            None => key,
        };
        let public = key.public_jwk();
        Ok(Self {
            signer: SharedSigner::new(key),
            public,
        })
    }

    fn read(section: &KeySection, name: &str, folder: &Path) -> Result<Self, ConfigError> {
        let text = read_secret(name, &folder.join(&section.file))?;
        let key =
            SigningKey::from_text(&text).map_err(|error| ConfigError::invalid(name, error.to_string()))?;
        Self::new(key, section.kid.as_deref(), name)
    }

    fn named(&self, did: &DidWeb, iss: IssForm) -> Result<NamedSigner, ConfigError> {
        let bare = self.public.kid();
        let kid = match iss {
            IssForm::DidWeb => format!("{did}#{bare}").parse().map_err(|_| {
                ConfigError::invalid(
                    "PARTNER_PRIVATE_KEY_KID",
                    "with the DID it is longer than 256 characters; choose a shorter id",
                )
            })?,
            IssForm::Origin => bare.clone(),
        };
        Ok(NamedSigner {
            signer: self.signer.clone(),
            kid,
        })
    }
}

impl SigningKeys {
    pub(super) fn read(
        environment: &Environment,
        sections: &KeysSection,
        folder: &Path,
        did: &DidWeb,
        iss: IssForm,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let partner = partner_key(environment)?;
        let choose = |section: Option<&KeySection>, name: &str| match (section, &partner) {
            (Some(section), _) => Key::read(section, name, folder),
            (None, Some(partner)) => Ok(partner.clone()),
            (None, None) => Err(ConfigError::missing(
                PARTNER_KEY,
                "set it to the partner's private key (base64 of PKCS#8 DER), or name key files in [keys] of issuer.toml",
            )),
        };
        let tokens = choose(sections.tokens.as_ref(), "keys.tokens")?;
        let credentials = choose(sections.credentials.as_ref(), "keys.credentials")?;
        let status_lists = choose(sections.status_lists.as_ref(), "keys.status-lists")?;
        if credentials.public == tokens.public {
            warnings.push(
                "one key signs tokens and credentials; give each its own in [keys] of issuer.toml".to_owned(),
            );
        }
        let published = published(environment, &[&credentials.public, &status_lists.public])?;
        Ok(Self {
            tokens: tokens.signer,
            credentials: credentials.named(did, iss)?,
            status_lists: status_lists.named(did, iss)?,
            published,
        })
    }
}

fn partner_key(environment: &Environment) -> Result<Option<Key>, ConfigError> {
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
    let kid = environment.get("PARTNER_PRIVATE_KEY_KID");
    Key::new(key, kid, "PARTNER_PRIVATE_KEY_KID").map(Some)
}

/// The configured set and the keys that sign. They must agree: a verifier that finds another key
/// under the same id refuses each credential.
fn published(environment: &Environment, signing: &[&Jwk]) -> Result<JwkSet, ConfigError> {
    let name = ["PARTNER_JWKS", "SD_JWT_JWKS"]
        .into_iter()
        .find(|name| environment.get(name).is_some());
    let configured = match name.and_then(|name| Some((name, environment.get(name)?))) {
        Some((name, json)) => JwkSet::from_slice(json.as_bytes()).map_err(|error| {
            ConfigError::invalid(
                name,
                format!("{error}; or remove it, and the set follows from the key"),
            )
        })?,
        None => JwkSet::default(),
    };
    let mut keys: Vec<Jwk> = configured.iter().cloned().collect();
    for key in signing {
        match configured.find(key.kid().as_str()) {
            Some(known) if known.verifying_key() != key.verifying_key() => {
                return Err(ConfigError::invalid(
                    name.unwrap_or("PARTNER_JWKS"),
                    format!(
                        "its key `{}` is not the one that signs; correct the set or the key",
                        key.kid()
                    ),
                ));
            }
            Some(_) => {}
            None if keys.iter().any(|known| known.kid() == key.kid()) => {}
            None => keys.push((*key).clone()),
        }
    }
    JwkSet::new(keys).map_err(|error| ConfigError::invalid("keys", error.to_string()))
}

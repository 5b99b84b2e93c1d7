//! Keys that stay in a PKCS#11 token or behind a signing service.

use std::{path::Path, sync::Arc, time::Duration};

use air_jwt::Kid;
use air_signers::{Pkcs11Uri, RemoteUrl, Secret};

use super::{
    ConfigError, Environment,
    duration::Seconds,
    environment::{BEARER, PIN, read_secret},
    key_section::KeySection,
};

/// The time limit of a signature.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest time limit of a signature.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(1);

/// A key elsewhere, with the secret that opens it.
#[derive(Clone, Debug)]
pub(crate) struct ExternalKey {
    pub(crate) place: Place,
    /// The time limit of a signature.
    pub(crate) timeout: Duration,
}

/// The place of a key.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A PKCS#11 token.
    Token {
        uri: Pkcs11Uri,
        pin: Arc<Secret>,
        kid: Option<Kid>,
    },
    /// A signing service.
    Service { url: RemoteUrl, bearer: Arc<Secret> },
}

impl ExternalKey {
    /// Reads a key with `pkcs11`. The file of a PIN starts at `folder`.
    pub(super) fn token(
        uri: &str,
        section: &KeySection,
        name: &str,
        environment: &Environment,
        folder: &Path,
    ) -> Result<Self, ConfigError> {
        let uri = uri.parse::<Pkcs11Uri>().map_err(|error| invalid(name, &error))?;
        if section.token_file.is_some() {
            return Err(ConfigError::invalid(
                name,
                "`token-file` belongs to `url`; write the file of the PIN as `pin-source=file:…` in the URI",
            ));
        }
        let pin = match uri.pin_file() {
            Some(file) => read_secret(name, &folder.join(file))?,
            None => environment.secret(PIN)?.ok_or_else(|| {
                ConfigError::missing(
                    PIN,
                    "set it to the PIN of the token, or add `pin-source=file:…` to the URI of the key",
                )
            })?,
        };
        let pin = Secret::new(pin.as_str()).map_err(|error| invalid(name, &error))?;
        Ok(Self {
            place: Place::Token {
                uri,
                pin: Arc::new(pin),
                kid: section.parsed_kid(name)?,
            },
            timeout: timeout(section, name)?,
        })
    }

    /// Reads a key with `url`.
    pub(super) fn service(
        url: &str,
        section: &KeySection,
        name: &str,
        environment: &Environment,
        folder: &Path,
    ) -> Result<Self, ConfigError> {
        let url = url.parse::<RemoteUrl>().map_err(|error| invalid(name, &error))?;
        if section.kid.is_some() {
            return Err(ConfigError::invalid(name, "the URL names the key; remove `kid`"));
        }
        let bearer = match &section.token_file {
            Some(file) => read_secret(name, &folder.join(file))?,
            None => environment.secret(BEARER)?.ok_or_else(|| {
                ConfigError::missing(
                    BEARER,
                    "set it to the bearer token of the signing service, or add `token-file` to the key",
                )
            })?,
        };
        let bearer = Secret::new(bearer.as_str()).map_err(|error| invalid(name, &error))?;
        Ok(Self {
            place: Place::Service {
                url,
                bearer: Arc::new(bearer),
            },
            timeout: timeout(section, name)?,
        })
    }

    /// The URI or URL of the key.
    pub(super) fn address(&self) -> String {
        match &self.place {
            Place::Token { uri, .. } => uri.to_string(),
            Place::Service { url, .. } => url.to_string(),
        }
    }
}

fn invalid(name: &str, error: &air_signers::Error) -> ConfigError {
    ConfigError::invalid(name, error.to_string())
}

fn timeout(section: &KeySection, name: &str) -> Result<Duration, ConfigError> {
    let timeout = section.timeout.map_or(TIMEOUT, Seconds::duration);
    if timeout > LONGEST_TIMEOUT {
        return Err(ConfigError::invalid(name, "`timeout` must be at most 60s"));
    }
    Ok(timeout)
}

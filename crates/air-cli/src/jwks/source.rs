//! The source of a public key set: a file, or a URL, fetched as the platform fetches it.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    str::FromStr,
};

use air_fetch::{FetchError, Fetcher, NetworkPolicy, redacted};
use air_jwt::JwkSet;

use crate::{exit::Failure, files};

#[derive(Clone, Debug)]
pub(crate) enum JwksSource {
    File(PathBuf),
    Web(String),
}

impl FromStr for JwksSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_url = ["http://", "https://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        Ok(if is_url {
            Self::Web(text.to_owned())
        } else {
            Self::File(text.into())
        })
    }
}

impl JwksSource {
    pub(crate) async fn load(&self) -> Result<JwkSet, Failure> {
        let url = match self {
            Self::File(path) => return read_set(path),
            Self::Web(url) => url,
        };
        let fetched = Fetcher::new(NetworkPolicy::Any)?
            .jwks(url)
            .await
            .map_err(|error| {
                let said = format!("failed to fetch the JWK set at {}: {error}", redacted(url));
                match error {
                    FetchError::Url { .. } => Failure::usage(said),
                    FetchError::Unreadable { .. } | FetchError::TooLong { .. } => Failure::rejected(said),
                    _ => Failure::unreachable(said),
                }
            })?;
        Ok(fetched.set)
    }
}

/// Reads a set from a file.
pub(crate) fn read_set(path: &Path) -> Result<JwkSet, Failure> {
    JwkSet::from_slice(&files::read(path)?)
        .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
}

//! The source of a signed status list: a file, or its URI, fetched within limits.

use std::{convert::Infallible, path::PathBuf, str::FromStr};

use air_fetch::{Accept, FetchError, Fetcher, NetworkPolicy, redacted};

use crate::{exit::Failure, files, partner::is_own_platform_local};

/// The maximum size of a list.
const LIMIT: usize = 4 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) enum StatusListSource {
    File(PathBuf),
    Web(String),
}

impl FromStr for StatusListSource {
    type Err = Infallible;

    fn from_str(path: &str) -> Result<Self, Infallible> {
        Ok(Self::File(path.into()))
    }
}

impl StatusListSource {
    /// The list's token.
    pub(crate) async fn load(&self, accept: Accept) -> Result<String, Failure> {
        let url = match self {
            Self::File(path) => return Ok(files::read_text(path)?.to_string()),
            Self::Web(url) => url,
        };
        let said =
            |error: &FetchError| format!("failed to fetch the status list at {}: {error}", redacted(url));
        // The credential chose the URI. It may lead to this machine for development, if the user's
        // own platform is there.
        let policy = if is_own_platform_local() {
            NetworkPolicy::PublicAndLoopback
        } else {
            NetworkPolicy::Public
        };
        let fetched = Fetcher::new(policy)?
            .get(url, LIMIT, accept)
            .await
            .map_err(|error| match error {
                FetchError::Url { .. } | FetchError::TooLong { .. } => Failure::rejected(said(&error)),
                _ => Failure::unreachable(said(&error)),
            })?;
        String::from_utf8(fetched.bytes).map_err(|_| Failure::rejected("the status list is not text"))
    }
}

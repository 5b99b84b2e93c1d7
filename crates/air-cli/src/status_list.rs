//! Where a signed status list comes from: a file, or its URI, fetched under limits.

use std::{convert::Infallible, path::PathBuf, str::FromStr};

use air_fetch::{Accept, FetchError, Fetcher, Reach, redacted};

use crate::{exit::Failure, files};

/// The most that is read of a list.
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
    /// The token, as it was published.
    pub(crate) async fn load(&self, accept: Accept) -> Result<String, Failure> {
        let url = match self {
            Self::File(path) => return Ok(files::read_text(path)?.to_string()),
            Self::Web(url) => url,
        };
        let said = |error: &FetchError| {
            format!(
                "the status list at {} could not be fetched: {error}",
                redacted(url)
            )
        };
        // An issuer's credential names the URI, so it may lead to this machine (in development) and not into its network.
        let fetched = Fetcher::new(Reach::PublicAndLoopback)?
            .get(url, LIMIT, accept)
            .await
            .map_err(|error| match error {
                FetchError::Url { .. } | FetchError::TooLong { .. } => Failure::rejected(said(&error)),
                _ => Failure::unreachable(said(&error)),
            })?;
        String::from_utf8(fetched.bytes).map_err(|_| Failure::rejected("the status list is not text"))
    }
}

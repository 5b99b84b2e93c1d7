//! Where a public set comes from: a file, or a URL.

use std::{convert::Infallible, path::PathBuf, str::FromStr, time::Duration};

use air_jwt::JwkSet;
use url::Url;

use crate::{exit::Failure, files};

const TIMEOUT: Duration = Duration::from_secs(10);
const SIZE_LIMIT: usize = 256 * 1024;

#[derive(Clone, Debug)]
pub(crate) enum JwksSource {
    File(PathBuf),
    Web(Url),
}

impl FromStr for JwksSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Self::Web(url),
            _ => Self::File(text.into()),
        })
    }
}

impl JwksSource {
    pub(crate) async fn load(&self) -> Result<JwkSet, Failure> {
        match self {
            Self::File(path) => read_set(path),
            Self::Web(url) => {
                let bytes = fetch(url).await?;
                JwkSet::from_slice(&bytes).map_err(|error| Failure::rejected(format!("{url}: {error}")))
            }
        }
    }
}

/// Reads a set from a file.
pub(crate) fn read_set(path: &std::path::Path) -> Result<JwkSet, Failure> {
    JwkSet::from_slice(&files::read(path)?)
        .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
}

async fn fetch(url: &Url) -> Result<Vec<u8>, Failure> {
    let failed =
        |why: &str| Failure::unreachable(format!("the JWK set at {url} could not be fetched: {why}"));
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|_| failed("the HTTP client can't be made"))?;
    let mut response = client.get(url.clone()).send().await.map_err(|error| {
        failed(if error.is_timeout() {
            "no answer in time"
        } else {
            "no connection could be made"
        })
    })?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(failed(&format!("it answered {}", response.status())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|_| failed("its answer broke off"))?
    {
        if body.len() + chunk.len() > SIZE_LIMIT {
            return Err(failed("its answer is longer than 256 KiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

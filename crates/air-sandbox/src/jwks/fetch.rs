//! One request for a set: bounded in time and size, no redirects, nothing but https beyond this machine.

use std::time::{Duration, SystemTime};

use air_jwt::{JwkSet, SkippedKey};
use reqwest::{StatusCode, header};
use url::{Host, Url};

use crate::Error;

const TIMEOUT: Duration = Duration::from_secs(5);
/// The most that is read of a set.
const SIZE_LIMIT: usize = 256 * 1024;

/// Why a set could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Plain http beyond this machine, credentials in the URL, or no URL at all.
    #[error("its URL must be https, or http on localhost, without user and password")]
    Url,
    /// The host's name has no address, or nothing listens there, or TLS failed.
    #[error("no connection could be made; see that the server runs and its certificate is valid")]
    Connect,
    /// No whole answer in time.
    #[error("it did not answer within 5 s")]
    TimedOut,
    /// Another status than 200.
    #[error("it answered {status} and not 200 (redirects are not followed)")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The answer ended early.
    #[error("its answer broke off")]
    BrokeOff,
    /// More than is read.
    #[error("its answer is longer than 256 KiB")]
    TooLong,
    /// Not a set.
    #[error("its answer is not a JWK set (a JSON object with an array `keys`)")]
    NotASet,
}

/// A set as it was served.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// The keys that tokens are verified with.
    pub set: JwkSet,
    /// The others.
    pub skipped: Vec<SkippedKey>,
    /// The server's clock when it answered (`Date`), in seconds since 1970.
    pub date: Option<u64>,
    /// For how long the answer says that it may be kept (`Cache-Control`).
    pub max_age: Option<Duration>,
}

/// Fetches sets.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: reqwest::Client,
}

impl Fetcher {
    /// With the platform's limits: 5 s, 256 KiB, no redirects.
    ///
    /// # Errors
    /// [`Error::HttpClient`] when the system's TLS can't be set up.
    pub fn new() -> Result<Self, Error> {
        Self::with_timeout(TIMEOUT)
    }

    fn with_timeout(timeout: Duration) -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::HttpClient)?;
        Ok(Self { client })
    }

    /// Fetches the set at `url`.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        if !is_acceptable_url(url) {
            return Err(FetchError::Url);
        }
        let failed = |error: &reqwest::Error, otherwise| {
            if error.is_timeout() {
                FetchError::TimedOut
            } else {
                otherwise
            }
        };
        let mut response = self
            .client
            .get(url)
            .send()
            .await
            .map_err(|error| failed(&error, FetchError::Connect))?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status {
                status: response.status().as_u16(),
            });
        }
        let (date, max_age) = (date(response.headers()), max_age(response.headers()));
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| failed(&error, FetchError::BrokeOff))?
        {
            if body.len() + chunk.len() > SIZE_LIMIT {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let (set, skipped) = JwkSet::read(&body).map_err(|_| FetchError::NotASet)?;
        Ok(Fetched {
            set,
            skipped,
            date,
            max_age,
        })
    }
}

/// https anywhere, http on loopback only: what the hosted platform demands, and what it can't offer.
#[must_use]
pub fn is_acceptable_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let without_credentials = url.username().is_empty() && url.password().is_none();
    without_credentials && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

fn date(headers: &header::HeaderMap) -> Option<u64> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

/// `max-age` of `Cache-Control` (RFC 9111, 5.2.2); `no-store` and `no-cache` are none at all.
fn max_age(headers: &header::HeaderMap) -> Option<Duration> {
    let text = headers.get(header::CACHE_CONTROL)?.to_str().ok()?;
    text.split(',').map(str::trim).find_map(|directive| {
        if directive.eq_ignore_ascii_case("no-store") || directive.eq_ignore_ascii_case("no-cache") {
            return Some(Duration::ZERO);
        }
        let (name, seconds) = directive.split_once('=')?;
        let seconds = seconds.trim_matches('"').parse().ok()?;
        name.eq_ignore_ascii_case("max-age")
            .then_some(Duration::from_secs(seconds))
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::{
        Router,
        body::{Body, Bytes},
        http::HeaderMap,
        response::Redirect,
        routing::get,
    };
    use tokio::net::TcpListener;

    use super::*;

    const SET: &str = r#"{"keys":[]}"#;

    #[test]
    fn a_set_is_https_or_on_loopback() {
        for good in [
            "https://example.com/jwks.json",
            "http://localhost:1/j",
            "http://127.0.0.1:1/j",
            "http://[::1]:1/",
        ] {
            assert!(is_acceptable_url(good), "{good}");
        }
        for bad in [
            "http://example.com/j",
            "http://localhost.example.com/j",
            "file:///etc/passwd",
            "ftp://localhost/",
            "https://u:p@example.com/",
            "j",
        ] {
            assert!(!is_acceptable_url(bad), "{bad}");
        }
    }

    async fn serve(router: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn each_failure_has_its_own_name() {
        let endless = || async {
            let spaces = std::iter::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 4096])));
            Body::from_stream(futures_util::stream::iter(spaces))
        };
        let url = serve(
            Router::new()
                .route("/set", get(|| async { SET }))
                .route("/none", get(|| async { "<html>" }))
                .route("/away", get(|| async { Redirect::temporary("/set") }))
                .route("/silent", get(std::future::pending::<String>))
                .route("/endless", get(endless)),
        )
        .await;
        let fetcher = Fetcher::with_timeout(Duration::from_millis(300)).unwrap();
        let fetch = async |path: &str| fetcher.fetch(&format!("{url}{path}")).await.map(drop);
        assert_eq!(fetch("/set").await, Ok(()));
        assert_eq!(fetch("/none").await, Err(FetchError::NotASet));
        assert_eq!(fetch("/away").await, Err(FetchError::Status { status: 307 }));
        assert_eq!(fetch("/gone").await, Err(FetchError::Status { status: 404 }));
        assert_eq!(fetch("/silent").await, Err(FetchError::TimedOut));
        assert_eq!(fetch("/endless").await, Err(FetchError::TooLong));
        assert_eq!(
            fetcher.fetch("http://127.0.0.1:1/").await.map(drop),
            Err(FetchError::Connect)
        );
        assert_eq!(
            fetcher.fetch("http://example.com/").await.map(drop),
            Err(FetchError::Url)
        );
    }

    #[test]
    fn reads_how_long_an_answer_may_be_kept() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, text.parse().unwrap());
            max_age(&headers)
        };
        assert_eq!(of("public, max-age=60"), Some(Duration::from_mins(1)));
        assert_eq!(of("Max-Age=\"7\""), Some(Duration::from_secs(7)));
        assert_eq!(of("no-store"), Some(Duration::ZERO));
        assert_eq!(of("public"), None);
        assert_eq!(of("max-age=soon"), None);
    }
}

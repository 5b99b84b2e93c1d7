//! Whose keys count: partners' JWK sets, fetched over HTTP, cached, and never fetched in a storm.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use air_jwt::{Claims, JwkSet, Scope, Verifier};
use tokio::sync::Mutex;
use url::{Host, Url};

use crate::Error;

const TIMEOUT: Duration = Duration::from_secs(5);
/// The most that is read of a set.
const SIZE_LIMIT: usize = 256 * 1024;
/// A set is fetched again after this, as the platform does.
const MAXIMUM_AGE: Duration = Duration::from_mins(10);
/// An unknown `kid` fetches it earlier, but not oftener than this: a rotation shows soon, a flood of junk costs nothing.
const REFRESH_INTERVAL: Duration = Duration::from_secs(30);
/// A set that could not be fetched is not tried again for this long.
const NEGATIVE_AGE: Duration = Duration::from_secs(2);

/// Why a partner's token was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    #[error("the partner's JWK set at {url} could not be fetched: {reason}")]
    Unreachable { url: String, reason: &'static str },
    #[error(transparent)]
    Token(#[from] air_jwt::Error),
}

/// Fetches and keeps the sets. Each has its own lock, so that many calls make one request.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    client: reqwest::Client,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

/// A partner's set, empty until it is first needed.
type Slot = Arc<Mutex<Option<Cached>>>;

#[derive(Debug)]
struct Cached {
    fetched: Instant,
    keys: Result<JwkSet, &'static str>,
}

impl Trust {
    pub(crate) fn new() -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::HttpClient)?;
        Ok(Self {
            client,
            slots: Arc::default(),
        })
    }

    /// Verifies a token with the keys that are published at `jwks_url`.
    pub(crate) async fn verify(
        &self,
        jwks_url: &str,
        token: &str,
        scope: Option<Scope>,
        now: u64,
    ) -> Result<Claims, TrustError> {
        let slot = self
            .slots
            .lock()
            .await
            .entry(jwks_url.to_owned())
            .or_default()
            .clone();
        let mut slot = slot.lock().await;
        let mut cached = match slot.take().filter(Cached::is_fresh) {
            Some(cached) => cached,
            None => self.fetch(jwks_url).await,
        };
        let mut verdict = cached.verify(jwks_url, token, scope, now);
        let unknown_kid = matches!(verdict, Err(TrustError::Token(air_jwt::Error::UnknownKid { .. })));
        if unknown_kid && cached.fetched.elapsed() >= REFRESH_INTERVAL {
            cached = self.fetch(jwks_url).await;
            verdict = cached.verify(jwks_url, token, scope, now);
        }
        *slot = Some(cached);
        verdict
    }

    async fn fetch(&self, url: &str) -> Cached {
        let keys = self.read(url).await;
        if let Err(reason) = keys {
            tracing::warn!(url, reason, "a JWK set could not be fetched");
        }
        Cached {
            fetched: Instant::now(),
            keys,
        }
    }

    async fn read(&self, url: &str) -> Result<JwkSet, &'static str> {
        let mut response = self.client.get(url).send().await.map_err(|error| {
            if error.is_timeout() {
                "it did not answer within 5 s"
            } else {
                "no connection could be made"
            }
        })?;
        if response.status() != reqwest::StatusCode::OK {
            return Err("it did not answer with 200 (redirects are not followed)");
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| "its answer broke off")? {
            if body.len() + chunk.len() > SIZE_LIMIT {
                return Err("its answer is longer than 256 KiB");
            }
            body.extend_from_slice(&chunk);
        }
        JwkSet::from_slice(&body).map_err(|_| "its answer is not a JWK set")
    }
}

impl Cached {
    fn is_fresh(&self) -> bool {
        let limit = if self.keys.is_ok() {
            MAXIMUM_AGE
        } else {
            NEGATIVE_AGE
        };
        self.fetched.elapsed() < limit
    }

    fn verify(&self, url: &str, token: &str, scope: Option<Scope>, now: u64) -> Result<Claims, TrustError> {
        let keys = self.keys.as_ref().map_err(|reason| TrustError::Unreachable {
            url: url.to_owned(),
            reason,
        })?;
        let verifier = Verifier::new(keys);
        let verifier = match scope {
            Some(scope) => verifier.requiring(scope),
            None => verifier,
        };
        Ok(verifier.verify(token, now)?)
    }
}

/// https anywhere, http on loopback only: what the hosted platform demands, and what it can't offer.
pub(crate) fn is_acceptable_jwks_url(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_https_or_on_loopback() {
        for good in [
            "https://example.com/jwks.json",
            "http://localhost:1/j",
            "http://127.0.0.1:1/j",
            "http://[::1]:1/",
        ] {
            assert!(is_acceptable_jwks_url(good), "{good}");
        }
        for bad in [
            "http://example.com/j",
            "file:///etc/passwd",
            "ftp://localhost/",
            "https://u:p@example.com/",
            "j",
        ] {
            assert!(!is_acceptable_jwks_url(bad), "{bad}");
        }
    }
}

//! Signed POST requests to an endpoint of the operator (Standard Webhooks).

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use air_fetch::{FetchError, Fetcher, NetworkPolicy, Proxy, Request, Response, SetupError};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};

use crate::request_context::traced;

const TIMEOUT: Duration = Duration::from_secs(5);
/// The shortest secret, in bytes, that Standard Webhooks recommends.
const SHORTEST_SECRET: usize = 24;

/// The reason why a hook can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The URL is not allowed.
    #[error("the hook can't be called: {0}")]
    Url(FetchError),
    /// The secret has another form.
    #[error("the hook's secret must be `whsec_` and the base64 of at least 24 random bytes")]
    Secret,
    /// TLS can't be set up.
    #[error("failed to set up TLS; check the system's certificates")]
    Setup(#[source] SetupError),
}

/// An endpoint, and the secret that the requests to it are signed with.
pub(crate) struct SignedPost {
    url: String,
    webhook: Webhook,
    fetcher: Fetcher,
    timeout: Duration,
}

/// The reason why a request has no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    #[error("the request can't be signed")]
    Unsigned,
    #[error(transparent)]
    Fetch(FetchError),
}

impl SignedPost {
    /// An https URL (http on this machine), with the secret (`whsec_…`). The time limit is 5 s.
    pub(crate) fn new(url: &str, secret: &str) -> Result<Self, HookError> {
        use base64::{Engine, engine::general_purpose::STANDARD};

        let fetcher = Fetcher::new(NetworkPolicy::Any).map_err(HookError::Setup)?;
        fetcher.check(url).map_err(HookError::Url)?;
        let bytes = secret
            .strip_prefix("whsec_")
            .and_then(|text| STANDARD.decode(text).ok())
            .filter(|bytes| bytes.len() >= SHORTEST_SECRET)
            .ok_or(HookError::Secret)?;
        Ok(Self {
            url: url.to_owned(),
            webhook: Webhook::from_bytes(bytes).map_err(|_| HookError::Secret)?,
            fetcher,
            timeout: TIMEOUT,
        })
    }

    pub(crate) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn with_proxy(mut self, proxy: &Proxy) -> Result<Self, HookError> {
        self.fetcher = Fetcher::through(proxy).map_err(HookError::Setup)?;
        Ok(self)
    }

    /// Sends a JSON document. Requests with the same id are the same message. `limit` is the maximum size of a response.
    pub(crate) async fn send(&self, id: &str, body: Vec<u8>, limit: usize) -> Result<Response, NotSent> {
        // The receiver compares with its own clock, so this is the machine's and no other.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_secs());
        let signature = i64::try_from(now)
            .ok()
            .and_then(|now| self.webhook.sign(id, now, &body).ok())
            .ok_or(NotSent::Unsigned)?;
        let request = Request::post(&self.url, "application/json", body)
            .with_header(HEADER_WEBHOOK_ID, id)
            .with_header(HEADER_WEBHOOK_TIMESTAMP, now.to_string())
            .with_header(HEADER_WEBHOOK_SIGNATURE, signature);
        let sent = self
            .fetcher
            .exchange_within(&traced(request), limit, self.timeout)
            .await;
        sent.map_err(NotSent::Fetch)
    }

    /// Sends a GET request without content. A response other than an error of the server shows that the endpoint can be
    /// reached: it may refuse this method.
    pub(crate) async fn reach(&self, limit: usize) -> Result<(), String> {
        let response = self
            .fetcher
            .exchange_within(&Request::get(&self.url), limit, self.timeout)
            .await;
        match response {
            Ok(response) if response.status >= 500 => {
                Err(format!("the hook responded with {}", response.status))
            }
            // A page that is too long is a response, too.
            Ok(_) | Err(FetchError::TooLong { .. }) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl fmt::Debug for SignedPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedPost")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

//! Claims from an HTTP endpoint of the issuer. Requests are signed (Standard Webhooks).

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use air_fetch::{FetchError, Fetcher, NetworkPolicy, Proxy, Request, SetupError};
use serde::Serialize;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};

use super::{
    ClaimError, ClaimFuture, ClaimRequest, ClaimSource, Claims, SourceCheck,
    response::{malformed, read},
};
use crate::request_context::traced;

/// The maximum size of a response.
const LIMIT: usize = 256 * 1024;
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

/// `POST url {userId, holderDID, schemaId, purpose}`: 200
/// `{credentialSubject, validFor?|expiresAt?}`, or 204 if the user is not eligible. `validFor` is
/// in seconds, `expiresAt` in RFC 3339.
pub struct Hook {
    url: String,
    webhook: Webhook,
    fetcher: Fetcher,
    timeout: Duration,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HookRequest<'a> {
    user_id: &'a str,
    #[serde(rename = "holderDID")]
    holder_did: &'a str,
    schema_id: &'a str,
    purpose: &'static str,
}

impl Hook {
    /// A hook at an https URL (http on this machine), with the secret that its requests are signed
    /// with (`whsec_…`).
    ///
    /// # Errors
    /// [`HookError`].
    pub fn new(url: &str, secret: &str) -> Result<Self, HookError> {
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

    /// Sets the time limit. Defaults to 5 s.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the requests through a proxy.
    ///
    /// # Errors
    /// [`HookError::Setup`].
    pub fn with_proxy(mut self, proxy: &Proxy) -> Result<Self, HookError> {
        self.fetcher = Fetcher::through(proxy).map_err(HookError::Setup)?;
        Ok(self)
    }

    async fn fetch(&self, request: ClaimRequest<'_>) -> Result<Option<Claims>, ClaimError> {
        let body = serde_json::to_vec(&HookRequest {
            user_id: request.user_id,
            holder_did: request.holder_did,
            schema_id: request.schema_id,
            purpose: request.purpose.as_str(),
        })
        .map_err(|_| malformed("the request can't be written as JSON"))?;
        let id = format!("msg_{}", hex::encode(rand::random::<[u8; 16]>()));
        // The receiver compares with its own clock, so this is the machine's and no other.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_secs());
        let signature = i64::try_from(now)
            .ok()
            .and_then(|now| self.webhook.sign(&id, now, &body).ok())
            .ok_or_else(|| malformed("the request can't be signed"))?;
        let request = Request::post(&self.url, "application/json", body)
            .with_header(HEADER_WEBHOOK_ID, id)
            .with_header(HEADER_WEBHOOK_TIMESTAMP, now.to_string())
            .with_header(HEADER_WEBHOOK_SIGNATURE, signature);
        let response = self
            .fetcher
            .exchange_within(&traced(request), LIMIT, self.timeout)
            .await;
        let response = response.map_err(|error| unavailable(error.to_string()))?;
        match response.status {
            200 => read(&response.bytes).map(Some),
            204 => Ok(None),
            status @ (408 | 425 | 429 | 500..) => {
                Err(unavailable(format!("the hook responded with {status}")))
            }
            status => Err(malformed(&format!(
                "the hook responded with {status}, neither 200 nor 204"
            ))),
        }
    }
}

impl Hook {
    /// Sends a GET request, which no user is named in. A response other than an error of the server shows that the
    /// hook can be reached: it may refuse this method.
    async fn reach(&self) -> Result<(), ClaimError> {
        let response = self
            .fetcher
            .exchange_within(&Request::get(&self.url), LIMIT, self.timeout)
            .await;
        match response {
            Ok(response) if response.status >= 500 => Err(unavailable(format!(
                "the hook responded with {}",
                response.status
            ))),
            // A page that is too long is a response, too.
            Ok(_) | Err(FetchError::TooLong { .. }) => Ok(()),
            Err(error) => Err(unavailable(error.to_string())),
        }
    }
}

impl ClaimSource for Hook {
    fn claims<'a>(&'a self, request: ClaimRequest<'a>) -> ClaimFuture<'a> {
        Box::pin(self.fetch(request))
    }

    fn check(&self) -> Option<SourceCheck<'_>> {
        Some(Box::pin(self.reach()))
    }
}

fn unavailable(reason: String) -> ClaimError {
    ClaimError::Unavailable { reason }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_long_secrets_are_accepted() {
        let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
        assert!(Hook::new("https://claims.example/hook", secret).is_ok());
        assert!(Hook::new("http://localhost:1/hook", secret).is_ok());
        assert!(matches!(
            Hook::new("http://claims.example/", secret),
            Err(HookError::Url(_))
        ));
        for short in ["", "secret", "whsec_", "whsec_c2hvcnQ="] {
            assert!(
                matches!(
                    Hook::new("https://claims.example/", short),
                    Err(HookError::Secret)
                ),
                "{short}"
            );
        }
        let shown = format!(
            "{:?}",
            Hook::new("https://claims.example/?token=abc", secret).unwrap()
        );
        assert!(!shown.contains("abc") && !shown.contains("MDEy"), "{shown}");
    }
}

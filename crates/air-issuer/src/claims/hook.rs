//! Claims from an HTTP endpoint of the issuer. Requests are signed (Standard Webhooks).

use std::{fmt, time::Duration};

use air_fetch::Proxy;
use serde::Serialize;

use super::{
    ClaimError, ClaimFuture, ClaimRequest, ClaimSource, Claims, HookError, SourceCheck,
    response::{malformed, read},
};
use crate::signed_post::{NotSent, SignedPost};

/// The maximum size of a response.
const LIMIT: usize = 256 * 1024;

/// `POST url {userId, holderDID, schemaId, purpose}`: 200
/// `{credentialSubject, validFor?|expiresAt?}`, or 204 if the user is not eligible. `validFor` is
/// in seconds, `expiresAt` in RFC 3339.
pub struct Hook(SignedPost);

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
        SignedPost::new(url, secret).map(Self)
    }

    /// Sets the time limit. Defaults to 5 s.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self(self.0.with_timeout(timeout))
    }

    /// Sends the requests through a proxy.
    ///
    /// # Errors
    /// [`HookError::Setup`].
    pub fn with_proxy(self, proxy: &Proxy) -> Result<Self, HookError> {
        self.0.with_proxy(proxy).map(Self)
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
        let response = match self.0.send(&id, body, LIMIT).await {
            Ok(response) => response,
            Err(NotSent::Unsigned) => return Err(malformed("the request can't be signed")),
            Err(NotSent::Fetch(error)) => return Err(unavailable(error.to_string())),
        };
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

impl ClaimSource for Hook {
    fn claims<'a>(&'a self, request: ClaimRequest<'a>) -> ClaimFuture<'a> {
        Box::pin(self.fetch(request))
    }

    fn check(&self) -> Option<SourceCheck<'_>> {
        Some(Box::pin(
            async move { self.0.reach(LIMIT).await.map_err(unavailable) },
        ))
    }
}

fn unavailable(reason: String) -> ClaimError {
    ClaimError::Unavailable { reason }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hook").field(&self.0).finish()
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

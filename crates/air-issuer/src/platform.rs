//! Calls to the platform: finding holders, and storing sealed credentials in dStorage.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use air_crypto::holder::HolderPublicKey;
use air_fetch::{FetchError, Fetcher, Request, Response};
use air_ids::EmailAddress;
use air_jwt::PartnerToken;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Clock, Error,
    breaker::Breaker,
    config::{AirConfig, Config},
    keys::KeySchedule,
    request_context::traced,
    text::is_storable,
};

/// The maximum size of a response.
const LIMIT: usize = 64 * 1024;

/// The platform's calls.
#[derive(Clone)]
pub(crate) struct Platform {
    air: AirConfig,
    keys: KeySchedule,
    fetcher: Fetcher,
    clock: Clock,
    /// The circuit of uploads.
    breaker: Arc<Breaker>,
}

/// The outcome of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Uploaded {
    /// dStorage confirmed it.
    Stored,
    /// The response was lost, was late, or requests a retry.
    Unknown(UploadProblem),
    /// It was not sent, because uploads pause.
    Paused(UploadProblem),
    /// dStorage refused it. A retry may succeed after the cause is fixed.
    Refused(UploadProblem),
}

/// The reason why an upload is not confirmed. It has no part of the envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UploadProblem {
    /// For programs.
    pub(crate) code: String,
    /// For the log.
    pub(crate) reason: String,
}

/// A user whom the platform knows.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) did: String,
    pub(crate) encryption_key: HolderPublicKey,
}

/// The reason why a user can't be resolved.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// The platform refused the address.
    Refused,
    /// The platform can't be reached now.
    Unavailable,
}

impl Platform {
    pub(crate) fn new(config: &Config, keys: KeySchedule, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            air: config.air.clone(),
            keys,
            fetcher: config.fetcher().map_err(Error::Setup)?,
            clock,
            breaker: Arc::default(),
        })
    }

    /// The time limit of a call, with the signature of its Partner JWT.
    pub(crate) fn timeout(&self) -> Duration {
        self.air.timeout.saturating_add(self.keys.limit())
    }

    /// Whether uploads pause, because dStorage failed repeatedly.
    pub(crate) fn is_paused(&self) -> bool {
        self.breaker.is_open(Instant::now())
    }

    /// Uploads an envelope: the same bytes at each try.
    pub(crate) async fn upload(&self, body: Vec<u8>) -> Uploaded {
        let Some(permit) = self.breaker.permit(Instant::now()) else {
            return Uploaded::Paused(UploadProblem {
                code: "paused".to_owned(),
                reason: "dStorage failed repeatedly; uploads continue after a pause of at most 30 s"
                    .to_owned(),
            });
        };
        let now = self.clock.now();
        let Ok(token) = PartnerToken::issue(self.air.partner.clone())
            .sign_with(self.keys.signing(now), now)
            .await
        else {
            return unknown("token_not_signed", "the Partner JWT could not be signed");
        };
        let url = self.air.chain.at("/v1/dstorage/vcs");
        let request = Request::post(&url, "application/json", body)
            .with_header("x-partner-auth", token.expose_secret());
        let response = self
            .fetcher
            .exchange_within(&traced(request), LIMIT, self.air.timeout)
            .await;
        if is_outage(response.as_ref()) {
            self.breaker.failed(permit, Instant::now());
        } else {
            self.breaker.succeeded();
        }
        match response {
            Ok(response) => judge(&response),
            Err(FetchError::TimedOut) => unknown("timed_out", "dStorage did not respond in time"),
            Err(error) => unknown("no_response", error.to_string()),
        }
    }

    /// Finds or registers the user with this address.
    pub(crate) async fn resolve(&self, email: &EmailAddress) -> Result<Holder, Unresolved> {
        let url = match &self.air.api {
            Some(api) => api.at("/v2/auth/initialize-user"),
            None => self.air.chain.at("/v1/auth/initialize-user"),
        };
        let now = self.clock.now();
        let token = PartnerToken::issue(self.air.partner.clone())
            .with_email(email.clone())
            .sign_with(self.keys.signing(now), now)
            .await
            .map_err(|_| Unresolved::Unavailable)?;
        let body = match &self.air.api {
            Some(_) => json!({ "partnerJwt": token.expose_secret() }),
            None => json!({ "email": email.as_str() }),
        };
        let body = serde_json::to_vec(&body).map_err(|_| Unresolved::Refused)?;
        let request = Request::post(&url, "application/json", body);
        let request = match &self.air.api {
            Some(_) => request.with_header("x-partner-id", self.air.partner.as_str()),
            None => request.with_header("x-partner-auth", token.expose_secret()),
        };
        let response = self
            .fetcher
            .exchange_within(&traced(request), LIMIT, self.air.timeout)
            .await;
        let response = response.map_err(|_| Unresolved::Unavailable)?;
        match response.status {
            200..=299 => read_holder(&response.bytes).ok_or(Unresolved::Unavailable),
            400 | 404 | 409 | 422 => Err(Unresolved::Refused),
            _ => Err(Unresolved::Unavailable),
        }
    }
}

/// Whether dStorage is away or overloaded.
fn is_outage(response: Result<&Response, &FetchError>) -> bool {
    match response {
        Ok(response) => matches!(response.status, 408 | 425 | 429 | 500..),
        Err(_) => true,
    }
}

/// Classifies a response of dStorage. A success without `storagePath` may come from a proxy, so it
/// confirms nothing.
fn judge(response: &Response) -> Uploaded {
    match response.status {
        200..=299 if names_a_place(&response.bytes) => Uploaded::Stored,
        200..=299 => unknown(
            "no_storage_path",
            "dStorage responded with success but without `storagePath`",
        ),
        status @ (401 | 403) => unknown(
            format!("status_{status}"),
            format!(
                "dStorage responded with {status}; check the partner id, and that the key of Partner JWTs is published"
            ),
        ),
        status @ (408 | 425 | 429 | 500..) => unknown(
            format!("status_{status}"),
            format!("dStorage responded with {status}"),
        ),
        status => Uploaded::Refused(UploadProblem {
            code: format!("status_{status}"),
            reason: format!("dStorage refused the credential with {status}; check the schema and the holder"),
        }),
    }
}

fn names_a_place(json: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        storage_path: String,
    }
    serde_json::from_slice::<Body>(json).is_ok_and(|body| !body.storage_path.is_empty())
}

fn read_holder(json: &[u8]) -> Option<Holder> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        did: String,
        public_key: String,
    }
    let body: Body = serde_json::from_slice(json).ok()?;
    if !is_storable(&body.did) {
        return None;
    }
    Some(Holder {
        encryption_key: body.public_key.parse().ok()?,
        did: body.did,
    })
}

fn unknown(code: impl Into<String>, reason: impl Into<String>) -> Uploaded {
    Uploaded::Unknown(UploadProblem {
        code: code.into(),
        reason: reason.into(),
    })
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform")
            .field("air", &self.air)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_that_no_database_can_store_is_refused() {
        // The public key of RFC 7748, 6.1, in SPKI DER.
        let key = "302a300506032b656e0321008520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        let holder = |did: &str| {
            let json = json!({ "did": did, "publicKey": key });
            read_holder(json.to_string().as_bytes())
        };
        assert!(holder("did:air:id:test:a").is_some());
        assert!(holder("did:air:id:test:\0").is_none());
    }
}

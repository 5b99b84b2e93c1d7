//! The client of a signing service.

use std::{fmt, future::Future, time::Duration};

use air_fetch::{Fetcher, Request, Response};
use air_jwt::{Algorithm, Jwk, JwkSet, Kid, Signer, SignerError};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    RemoteUrl,
    retry::Failed,
    url::POLICY,
    wire::{decode_signature, encode_request},
};
use crate::{Error, Secret};

/// The maximum size of a response in bytes.
const RESPONSE_LIMIT: usize = 64 * 1024;
/// The maximum size of a message in bytes.
const MESSAGE_LIMIT: usize = 1024 * 1024;

/// Signs with a key of a signing service ([`crate::remote`] has the protocol).
///
/// A request that was lost, or that the service could not process, is repeated. Each signature is verified
/// before it is returned, so a service can't sign with another key unnoticed. Requires a Tokio runtime.
pub struct RemoteSigner {
    service: Service,
    jwk: Jwk,
}

/// Settings of a [`RemoteSigner`].
#[must_use = "a builder connects"]
pub struct RemoteSignerBuilder {
    url: RemoteUrl,
    token: Secret,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    attempts: u32,
    attempt_timeout: Duration,
    deadline: Duration,
    concurrency: usize,
}

/// A service, and the token that it accepts.
struct Service {
    fetcher: Fetcher,
    url: RemoteUrl,
    token: Secret,
    limits: Limits,
    permits: Semaphore,
}

impl RemoteSigner {
    /// Creates a builder with the defaults: three attempts of 3 s each, 10 s in total, and 32 concurrent
    /// requests.
    pub fn builder(url: RemoteUrl, token: Secret) -> RemoteSignerBuilder {
        RemoteSignerBuilder {
            url,
            token,
            limits: Limits {
                attempts: 3,
                attempt_timeout: Duration::from_secs(3),
                deadline: Duration::from_secs(10),
                concurrency: 32,
            },
        }
    }

    /// The public key, to be published before the first signature.
    #[must_use]
    pub fn public_jwk(&self) -> Jwk {
        self.jwk.clone()
    }

    async fn request_signature(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        if message.len() > MESSAGE_LIMIT {
            return Err(Error::MessageTooLong {
                length: message.len(),
                limit: MESSAGE_LIMIT,
            });
        }
        let url = self.service.url.route("sign");
        let body = encode_request(self.jwk.kid(), self.jwk.algorithm(), message);
        let request = Request::post(&url, "application/json", body);
        let response = self.service.exchange(request).await?;
        let signature = decode_signature(&response.bytes)?;
        self.check(message, &signature)?;
        Ok(signature)
    }

    fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let key = self.jwk.verifying_key();
        let expected = match self.jwk.algorithm() {
            Algorithm::Es256 => 64,
            // The modulus decides; the verification below compares the length.
            _ => signature.len(),
        };
        if signature.len() != expected {
            return Err(Error::SignatureLength {
                length: signature.len(),
                expected,
            });
        }
        if key.verify(message, signature) {
            Ok(())
        } else {
            Err(Error::InvalidSignature)
        }
    }
}

impl RemoteSignerBuilder {
    /// Sets the maximum number of attempts of a request; at least 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.limits.attempts = attempts.max(1);
        self
    }

    /// Sets the timeout of an attempt, including the connection.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.limits.attempt_timeout = timeout;
        self
    }

    /// Sets the timeout of a signature, including waiting for other requests, all attempts and the pauses
    /// between them.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = deadline;
        self
    }

    /// Sets the maximum number of concurrent requests; at least 1. Further ones wait.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.limits.concurrency = requests.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Fetches the public key.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] if the service has no key with the URL's id; [`Error::Unauthorised`],
    /// [`Error::Unreachable`] and others.
    pub async fn connect(self) -> Result<RemoteSigner, Error> {
        let service = Service {
            fetcher: Fetcher::new(POLICY).map_err(|_| Error::Setup)?,
            permits: Semaphore::new(self.limits.concurrency),
            url: self.url,
            token: self.token,
            limits: self.limits,
        };
        let url = service.url.route("keys");
        let response = service.exchange(Request::get(&url)).await?;
        let keys = JwkSet::from_slice(&response.bytes).map_err(|_| Error::InvalidResponse {
            expected: "a JWK set",
        })?;
        let kid = service.url.kid().as_str();
        let jwk = keys
            .find(kid)
            .cloned()
            .ok_or_else(|| Error::UnknownKey { kid: kid.to_owned() })?;
        Ok(RemoteSigner { service, jwk })
    }
}

impl Service {
    /// Sends a request until the response is 200.
    async fn exchange(&self, request: Request<'_>) -> Result<Response, Error> {
        let bearer = format!("Bearer {}", self.token.expose_secret());
        let request = request
            .with_header("authorization", bearer)
            .with_header("accept", "application/json");
        self.within_deadline(async {
            let _permit = self.permits.acquire().await.map_err(|_| Error::Closed)?;
            let mut made = 1;
            loop {
                match self.attempt(&request).await {
                    Ok(response) => return Ok(response),
                    Err(failed) if failed.is_transient && made < self.limits.attempts => {
                        sleep(failed.pause(made)).await;
                        made += 1;
                    }
                    Err(failed) => return Err(failed.error),
                }
            }
        })
        .await
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Response, Failed> {
        let Limits {
            attempt_timeout,
            deadline,
            ..
        } = self.limits;
        let response = self
            .fetcher
            .exchange_within(request, RESPONSE_LIMIT, attempt_timeout)
            .await
            .map_err(|error| {
                Failed::without_response(error, attempt_timeout.min(deadline), RESPONSE_LIMIT)
            })?;
        match response.status {
            200 => Ok(response),
            _ => Err(Failed::with_status(&response, self.url.kid().as_str())),
        }
    }

    async fn within_deadline<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let limit = self.limits.deadline;
        timeout(limit, work)
            .await
            .unwrap_or(Err(Error::TimedOut { limit }))
    }
}

impl Signer for RemoteSigner {
    fn algorithm(&self) -> Algorithm {
        self.jwk.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.jwk.kid()
    }

    /// The cause of an error is an [`enum@Error`].
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.request_signature(message).await.map_err(SignerError::new)
    }
}

impl fmt::Debug for RemoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSigner")
            .field("kid", self.jwk.kid())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RemoteSignerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSignerBuilder")
            .field("url", &self.url)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

//! Sends requests and reads responses.

mod answer;
mod breaker;
#[cfg(test)]
pub(crate) mod fake_transport;
mod retry;
mod stream;
#[cfg(test)]
mod tests;
mod watch;
mod wire;

use std::sync::Arc;

use air_api::{IDEMPOTENCY_KEY_HEADER, IdempotencyKey, PARTNER_AUTH_HEADER, sandbox::PROBE_HEADER};
use air_ids::UnixTime;
use reqwest::{Method, header};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;
use url::Url;

#[cfg(test)]
pub(crate) use self::wire::Answer;
use self::wire::Unread;
pub(crate) use self::{
    breaker::Breaker,
    retry::{Persistence, wait},
    stream::Messages,
    watch::Chain,
    wire::{NoResponse, Wire},
};
use crate::{
    Error,
    auth::Proof,
    tokens::{CallToken, Tokens},
};

/// The maximum size of a JSON response in bytes.
const JSON_LIMIT: usize = 4 * 1024 * 1024;
/// The maximum size of a stored object in bytes.
const OBJECT_LIMIT: usize = 64 * 1024 * 1024;
/// The header of the operator's key for an issuer's own service.
const ADMIN_KEY_HEADER: &str = "x-admin-api-key";
/// The paths of calls that only the local platform has.
const LOCAL_PATHS: &str = "sandbox/";

#[derive(Clone, Debug)]
pub(crate) struct Transport {
    pub(crate) wire: Wire,
    pub(crate) base: Url,
    /// Whether the platform is hosted, so that the calls of the local platform are refused.
    pub(crate) is_hosted: bool,
    /// Signs the partner's tokens, if the client has a key.
    pub(crate) tokens: Option<Arc<Tokens>>,
    pub(crate) persistence: Persistence,
    /// Whether the platform returns the first response again for the same key.
    pub(crate) keeps_keys: bool,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) middleware: Chain,
}

/// A request. It is sent more than once if that is safe.
pub(crate) struct Call<'a> {
    transport: &'a Transport,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    partner: Option<Proof<'a>>,
    bearer: Option<&'a str>,
    /// The operator's key for an issuer's own service.
    admin_key: Option<&'a str>,
    idempotency_key: Option<&'a IdempotencyKey>,
    /// Whether the same call takes effect once if it is sent twice.
    repeats_safely: bool,
    attempts: u32,
    body: Body,
}

/// The partner's token of one attempt.
enum AttemptToken<'a> {
    Given(&'a str),
    Signed(CallToken),
}

enum Body {
    None,
    Json(Vec<u8>),
    Bytes(Vec<u8>),
}

struct Received {
    body: Vec<u8>,
    /// The place of a created resource.
    location: Option<String>,
    request_id: Option<String>,
}

impl Transport {
    pub(crate) fn get(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::POST, path)
    }

    pub(crate) fn put(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::PUT, path)
    }

    pub(crate) fn delete(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::DELETE, path)
    }

    /// Returns the platform's time from the `Date` header of any response (RFC 9110, 6.6.1).
    pub(crate) async fn date(&self) -> Result<Option<UnixTime>, Error> {
        let mut request = reqwest::Request::new(Method::GET, self.base.clone());
        // The path has no page for clients: the log of a local platform does not list the failure.
        let probe = header::HeaderValue::from_static("clock");
        request.headers_mut().insert(PROBE_HEADER, probe);
        let (headers, watch) = self.middleware.begin(&Method::GET, "/", 1)?;
        request.headers_mut().extend(headers);
        let answer = match self.wire.send(request, JSON_LIMIT).await {
            Ok(answer) => answer,
            Err(loss) => {
                watch.lost(loss);
                return Err(answer::lost(loss, self.host(), true, None));
            }
        };
        watch.answered(answer.status, answer::request_id(&answer.headers).as_deref());
        Ok(answer::text(&answer.headers, header::DATE.as_str())
            .and_then(|text| httpdate::parse_http_date(&text).ok())
            .map(UnixTime::from_system_time))
    }

    fn call(&self, method: Method, path: impl Into<String>) -> Call<'_> {
        Call {
            transport: self,
            repeats_safely: method == Method::GET,
            method,
            path: path.into(),
            query: Vec::new(),
            partner: None,
            bearer: None,
            admin_key: None,
            idempotency_key: None,
            attempts: self.persistence.attempts,
            body: Body::None,
        }
    }

    fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl AttemptToken<'_> {
    fn expose_secret(&self) -> &str {
        match self {
            Self::Given(token) => token,
            Self::Signed(token) => token.expose_secret(),
        }
    }
}

impl<'a> Call<'a> {
    /// Identifies the partner.
    pub(crate) fn partner(mut self, proof: Proof<'a>) -> Self {
        self.partner = Some(proof);
        self
    }

    pub(crate) fn bearer(mut self, token: Option<&'a str>) -> Self {
        self.bearer = token;
        self
    }

    /// Identifies the operator of an issuer's own service.
    pub(crate) fn admin_key(mut self, key: &'a str) -> Self {
        self.admin_key = Some(key);
        self
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Body::Json(serde_json::to_vec(body).expect("wire types serialise"));
        self
    }

    pub(crate) fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Body::Bytes(body);
        self
    }

    /// Sets the idempotency key. If the platform supports keys, the same call takes effect once.
    pub(crate) fn idempotency_key(mut self, key: &'a IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self.repeats_safely |= self.transport.keeps_keys;
        self
    }

    /// Marks the call as safe to repeat if a second call changes nothing.
    pub(crate) fn repeating_safely_if(mut self, safely: bool) -> Self {
        self.repeats_safely |= safely;
        self
    }

    /// Sets the maximum number of attempts, in place of the client's setting.
    pub(crate) fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sends the call and parses the JSON of the response.
    pub(crate) async fn receive<T: DeserializeOwned>(self) -> Result<T, Error> {
        let Received { body, request_id, .. } = self.receive_limited(JSON_LIMIT).await?;
        serde_json::from_slice(&body).map_err(|_| Error::UnexpectedAnswer {
            reason: "its JSON has another form",
            request_id,
        })
    }

    /// Sends the call and returns the bytes of the response.
    pub(crate) async fn receive_bytes(self) -> Result<Vec<u8>, Error> {
        Ok(self.receive_limited(OBJECT_LIMIT).await?.body)
    }

    /// Sends the call and returns the place of the created resource, if the response has one.
    pub(crate) async fn receive_location(self) -> Result<Option<String>, Error> {
        Ok(self.receive_limited(JSON_LIMIT).await?.location)
    }

    async fn receive_limited(self, limit: usize) -> Result<Received, Error> {
        let deadline = Instant::now() + self.transport.persistence.deadline;
        let mut attempt = 1;
        let mut may_renew = true;
        loop {
            let token = tokio::time::timeout_at(deadline, self.token()).await;
            let token = token.unwrap_or_else(|_| Err(self.timed_out(true)))?;
            let error = match self.send_before(deadline, attempt, limit, token.as_ref()).await {
                // A refused call was not executed. The clock or the published keys may have changed since the
                // token was signed.
                Err(Error::NotAuthorised { status: 401, .. }) if self.renews(token.as_ref()) && may_renew => {
                    may_renew = false;
                    continue;
                }
                Err(error) if error.is_retryable() && error.is_safe_to_repeat() => error,
                outcome => return outcome,
            };
            let wait = wait(attempt, error.retry_after());
            if attempt >= self.attempts
                || Instant::now() + wait >= deadline
                || self.transport.breaker.is_open()
            {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Returns the partner's token of this attempt.
    async fn token(&self) -> Result<Option<AttemptToken<'a>>, Error> {
        match &self.partner {
            None => Ok(None),
            Some(Proof::Given(token)) if token.contains('@') => Err(Error::NotAToken),
            Some(Proof::Given(token)) => Ok(Some(AttemptToken::Given(token))),
            Some(Proof::Signed(purpose)) => {
                let tokens = self.transport.tokens.as_ref().ok_or(Error::NoSigningKey)?;
                Ok(Some(AttemptToken::Signed(tokens.token(purpose).await?)))
            }
        }
    }

    /// Removes a refused token from the cache. Returns whether a new one may be accepted.
    fn renews(&self, token: Option<&AttemptToken<'_>>) -> bool {
        let (Some(Proof::Signed(purpose)), Some(tokens)) = (&self.partner, &self.transport.tokens) else {
            return false;
        };
        tokens.forget(purpose);
        matches!(token, Some(AttemptToken::Signed(token)) if token.is_reused)
    }

    async fn send_before(
        &self,
        deadline: Instant,
        attempt: u32,
        limit: usize,
        token: Option<&AttemptToken<'_>>,
    ) -> Result<Received, Error> {
        let sent = tokio::time::timeout_at(deadline, self.send_once(attempt, limit, token)).await;
        sent.unwrap_or_else(|_| Err(self.timed_out(self.repeats_safely)))
    }

    fn timed_out(&self, safe_to_repeat: bool) -> Error {
        Error::TimedOut {
            host: self.transport.host(),
            safe_to_repeat,
            request_id: None,
        }
    }

    async fn send_once(
        &self,
        attempt: u32,
        limit: usize,
        token: Option<&AttemptToken<'_>>,
    ) -> Result<Received, Error> {
        let mut request = self.request(token)?;
        let leave = self.transport.breaker.ask();
        let leave = leave.map_err(|retry_after| Error::CircuitOpen { retry_after })?;
        let path = format!("/{}", self.path);
        let chain = &self.transport.middleware;
        let (headers, watch) = chain.begin(&self.method, &path, attempt)?;
        request.headers_mut().extend(headers);
        let answer = match self.transport.wire.send(request, limit).await {
            Ok(answer) => answer,
            Err(loss) => {
                leave.failed();
                watch.lost(loss);
                return Err(answer::lost(
                    loss,
                    self.transport.host(),
                    self.repeats_safely,
                    None,
                ));
            }
        };
        if answer.status >= 500 || matches!(answer.body, Err(Unread::Lost(_))) {
            leave.failed();
        } else {
            leave.succeeded();
        }
        match answer.body {
            Err(Unread::Lost(loss)) => watch.lost(loss),
            _ => watch.answered(answer.status, answer::request_id(&answer.headers).as_deref()),
        }
        answer::read(answer, self.transport.host(), self.repeats_safely)
    }

    fn request(&self, token: Option<&AttemptToken<'_>>) -> Result<reqwest::Request, Error> {
        if self.transport.is_hosted && self.path.starts_with(LOCAL_PATHS) {
            return Err(Error::LocalOnly {
                host: self.transport.host(),
            });
        }
        let mut url = self
            .transport
            .base
            .join(&self.path)
            .map_err(|_| Error::InvalidUrl)?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut request = reqwest::Request::new(self.method.clone(), url);
        let mut set = |name: &'static str, value: &str| {
            let mut value =
                header::HeaderValue::from_str(value).map_err(|_| Error::InvalidRequest { header: name })?;
            value.set_sensitive(matches!(
                name,
                PARTNER_AUTH_HEADER | ADMIN_KEY_HEADER | "authorization"
            ));
            request.headers_mut().insert(name, value);
            Ok::<_, Error>(())
        };
        if let Some(token) = token {
            set(PARTNER_AUTH_HEADER, token.expose_secret())?;
        }
        if let Some(token) = self.bearer {
            set("authorization", &format!("Bearer {token}"))?;
        }
        if let Some(key) = self.admin_key {
            set(ADMIN_KEY_HEADER, key)?;
        }
        if let Some(key) = self.idempotency_key {
            set(IDEMPOTENCY_KEY_HEADER, key.as_str())?;
        }
        let (kind, body) = match &self.body {
            Body::None => return Ok(request),
            Body::Json(body) => ("application/json", body),
            Body::Bytes(body) => ("application/octet-stream", body),
        };
        set("content-type", kind)?;
        *request.body_mut() = Some(body.clone().into());
        Ok(request)
    }
}

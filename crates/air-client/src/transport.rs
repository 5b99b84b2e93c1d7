//! One place that sends requests and reads answers.

use std::time::{Duration, SystemTime};

use air_api::{ErrorBody, PARTNER_AUTH_HEADER, REQUEST_ID_HEADER};
use rand::RngExt;
use reqwest::{Method, Response, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::Error;

/// The most that is read of a JSON answer.
const JSON_LIMIT: usize = 4 * 1024 * 1024;
/// The most that is read of a stored object.
const OBJECT_LIMIT: usize = 64 * 1024 * 1024;
/// How often a call that changes nothing is sent at most.
const ATTEMPTS: u32 = 4;
const FIRST_BACKOFF: Duration = Duration::from_millis(200);

#[derive(Clone, Debug)]
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
}

/// One request, ready to be sent, more than once where that is safe.
pub(crate) struct Call<'a> {
    transport: &'a Transport,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    partner_token: Option<&'a str>,
    bearer: Option<&'a str>,
    body: Body,
}

enum Body {
    None,
    Json(Vec<u8>),
    Bytes(Vec<u8>),
}

impl Transport {
    pub(crate) fn get(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::POST, path)
    }

    /// The platform's clock, as any answer of its tells (`Date`, RFC 9110, 6.6.1): seconds since 1970.
    pub(crate) async fn date(&self) -> Result<Option<u64>, Error> {
        let response = self.http.get(self.base.clone()).send().await;
        let response = response.map_err(|error| self.describe(&error))?;
        Ok(header_text(&response, header::DATE.as_str())
            .and_then(|text| httpdate::parse_http_date(&text).ok())
            .and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok())
            .map(|since| since.as_secs()))
    }

    fn call(&self, method: Method, path: impl Into<String>) -> Call<'_> {
        let path = path.into();
        Call {
            transport: self,
            method,
            path,
            query: Vec::new(),
            partner_token: None,
            bearer: None,
            body: Body::None,
        }
    }

    fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// reqwest's own text has the whole URL.
    fn describe(&self, error: &reqwest::Error) -> Error {
        if error.is_timeout() {
            Error::TimedOut { host: self.host() }
        } else {
            Error::Unreachable { host: self.host() }
        }
    }
}

impl<'a> Call<'a> {
    pub(crate) fn partner_token(mut self, token: &'a str) -> Self {
        self.partner_token = Some(token);
        self
    }

    pub(crate) fn bearer(mut self, token: Option<&'a str>) -> Self {
        self.bearer = token;
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

    /// Sends it and reads the JSON of its answer.
    pub(crate) async fn receive<T: DeserializeOwned>(self) -> Result<T, Error> {
        let (bytes, request_id) = self.receive_limited(JSON_LIMIT).await?;
        serde_json::from_slice(&bytes).map_err(|_| Error::UnexpectedAnswer {
            reason: "its JSON has another form",
            request_id,
        })
    }

    /// Sends it and reads the bytes of its answer.
    pub(crate) async fn receive_bytes(self) -> Result<Vec<u8>, Error> {
        Ok(self.receive_limited(OBJECT_LIMIT).await?.0)
    }

    async fn receive_limited(self, limit: usize) -> Result<(Vec<u8>, Option<String>), Error> {
        let mut attempt = 1;
        loop {
            let outcome = self.send_once(limit).await;
            match outcome {
                Err(error) if attempt < ATTEMPTS && self.may_repeat(&error) => {
                    tokio::time::sleep(backoff(attempt, &error)).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn send_once(&self, limit: usize) -> Result<(Vec<u8>, Option<String>), Error> {
        let response = self
            .request()?
            .send()
            .await
            .map_err(|error| self.transport.describe(&error))?;
        let request_id = header_text(&response, REQUEST_ID_HEADER);
        let status = response.status();
        let retry_after = header_text(&response, header::RETRY_AFTER.as_str())
            .and_then(|seconds| seconds.parse().ok())
            .map(Duration::from_secs);
        let body = self.read(response, limit, request_id.as_ref()).await?;
        if status.is_success() {
            return Ok((body, request_id));
        }
        let message = serde_json::from_slice::<ErrorBody>(&body).map_or_else(
            |_| format!("status {status} without a reason"),
            |body| body.message,
        );
        Err(failure(status, message, retry_after, request_id))
    }

    fn request(&self) -> Result<reqwest::RequestBuilder, Error> {
        let url = self
            .transport
            .base
            .join(&self.path)
            .map_err(|_| Error::InvalidUrl)?;
        let mut request = self
            .transport
            .http
            .request(self.method.clone(), url)
            .query(&self.query);
        if let Some(token) = self.partner_token {
            request = request.header(PARTNER_AUTH_HEADER, token);
        }
        if let Some(token) = self.bearer {
            request = request.bearer_auth(token);
        }
        Ok(match &self.body {
            Body::None => request,
            Body::Json(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.clone()),
            Body::Bytes(body) => request
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(body.clone()),
        })
    }

    async fn read(
        &self,
        mut response: Response,
        limit: usize,
        request_id: Option<&String>,
    ) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.transport.describe(&error))?
        {
            if body.len() + chunk.len() > limit {
                return Err(Error::UnexpectedAnswer {
                    reason: "it is too long",
                    request_id: request_id.cloned(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Only what changes nothing is sent again: a lost answer must not issue twice.
    fn may_repeat(&self, error: &Error) -> bool {
        self.method == Method::GET && error.is_retryable()
    }
}

/// Full jitter: anything up to 200 ms, doubled each time; what the platform asks for, where it does (at most 30 s).
fn backoff(attempt: u32, error: &Error) -> Duration {
    if let Error::RateLimited {
        retry_after: Some(wait),
        ..
    } = error
    {
        return (*wait).min(Duration::from_secs(30));
    }
    let ceiling = FIRST_BACKOFF * 2_u32.pow(attempt - 1);
    ceiling.mul_f64(rand::rng().random_range(0.0..1.0))
}

fn failure(
    status: StatusCode,
    message: String,
    retry_after: Option<Duration>,
    request_id: Option<String>,
) -> Error {
    match status.as_u16() {
        401 | 403 => Error::NotAuthorised { message, request_id },
        404 => Error::NotFound { message, request_id },
        409 => Error::Conflict { message, request_id },
        429 => Error::RateLimited {
            retry_after,
            request_id,
        },
        status @ 500.. => Error::PlatformFailed {
            status,
            message,
            request_id,
        },
        400..500 => Error::Rejected { message, request_id },
        _ => Error::UnexpectedAnswer {
            reason: "its status is neither success nor failure",
            request_id,
        },
    }
}

fn header_text(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.chars().take(128).collect())
}

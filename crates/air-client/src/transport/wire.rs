//! Sends one request over HTTP, and receives its response.

use std::{error::Error, io};

use reqwest::header::HeaderMap;

/// Sends requests: a connection pool, or a fake in tests.
#[derive(Clone)]
pub(crate) enum Wire {
    Http(reqwest::Client),
    #[cfg(test)]
    Fake(super::fake_transport::FakeTransport),
}

/// A response with any status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Vec<u8>, Unread>,
}

/// The reason that the body of a response was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The body exceeds the limit.
    TooLong,
    /// The rest of the body did not arrive.
    Lost(NoResponse),
}

/// The reason that no usable response arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoResponse {
    /// The connection failed: the platform did not receive the request.
    NotConnected,
    /// The server's certificate is not trusted: the platform did not receive the request.
    UntrustedCertificate,
    /// No response arrived in time: the platform may have executed the request.
    TimedOut,
    /// The connection broke: the platform may have executed the request.
    Broken,
}

impl Wire {
    /// Sends a request. `limit` is the maximum size of the response body in bytes.
    pub(crate) async fn send(&self, request: reqwest::Request, limit: usize) -> Result<Answer, NoResponse> {
        match self {
            Self::Http(http) => {
                let response = http.execute(request).await.map_err(|error| loss(&error))?;
                Ok(read(response, limit).await)
            }
            #[cfg(test)]
            Self::Fake(fake) => fake.send(request).await,
        }
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

pub(super) async fn read(mut response: reqwest::Response, limit: usize) -> Answer {
    Answer {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body: read_body(response, limit).await,
    }
}

async fn read_body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Unread::Lost(loss(&error)))?
    {
        if body.len() + chunk.len() > limit {
            return Err(Unread::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Keeps only the kind of the error, because reqwest's message contains the whole URL.
pub(super) fn loss(error: &reqwest::Error) -> NoResponse {
    if error.is_connect() && has_invalid_certificate(error) {
        NoResponse::UntrustedCertificate
    } else if error.is_connect() {
        NoResponse::NotConnected
    } else if error.is_timeout() {
        NoResponse::TimedOut
    } else {
        NoResponse::Broken
    }
}

fn has_invalid_certificate(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&cause| cause.source()).any(is_invalid_certificate)
}

/// The source of an `io::Error` is the source of the error in it, not that error, which may be
/// another `io::Error`.
fn is_invalid_certificate(cause: &(dyn Error + 'static)) -> bool {
    match cause.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().is_some_and(|inner| is_invalid_certificate(inner)),
        None => matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))),
    }
}

//! One request and its answer, over HTTP.

use reqwest::header::HeaderMap;

/// Sends requests: a connection pool, or a fake in tests.
#[derive(Clone)]
pub(crate) enum Wire {
    Http(reqwest::Client),
    #[cfg(test)]
    Played(super::played::Play),
}

/// What came back, whatever it says.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Result<Vec<u8>, Unread>,
}

/// Why the body of an answer was not read, whose head was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is longer than what is read of one.
    TooLong,
    /// The rest did not come.
    Lost(Loss),
}

/// Why nothing usable came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// There was no connection: the platform has not seen the request.
    NotConnected,
    /// There was no answer in time: it may have been done.
    TimedOut,
    /// The connection broke: it may have been done.
    Broken,
}

impl Wire {
    /// Sends it once. `limit` is the most that is read of the answer's body, in bytes.
    pub(crate) async fn send(&self, request: reqwest::Request, limit: usize) -> Result<Answer, Loss> {
        match self {
            Self::Http(http) => {
                let response = http.execute(request).await.map_err(|error| loss(&error))?;
                Ok(read(response, limit).await)
            }
            #[cfg(test)]
            Self::Played(play) => play.send(request).await,
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

/// reqwest's own text has the whole URL, so that only its kind is kept.
pub(super) fn loss(error: &reqwest::Error) -> Loss {
    if error.is_connect() {
        Loss::NotConnected
    } else if error.is_timeout() {
        Loss::TimedOut
    } else {
        Loss::Broken
    }
}

//! Requests to the endpoints of other parties, and their answers.

use std::fmt;

use reqwest::header::{self, HeaderMap};

/// A request to an endpoint that another party named: with a body or additional headers, and with any
/// answer.
#[derive(Clone)]
pub struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The media type and the content. With a body the method is POST, else GET.
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
}

impl<'a> Request<'a> {
    /// A GET request.
    #[must_use]
    pub fn get(url: &'a str) -> Self {
        Self {
            url,
            headers: Vec::new(),
            body: None,
        }
    }

    /// A POST request with a body of this media type.
    #[must_use]
    pub fn post(url: &'a str, media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: Some((media_type, body.into())),
            ..Self::get(url)
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Shows the names of the headers only: values and the URL may be secret.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Request")
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// An answer with any status.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The complete body.
    pub bytes: Vec<u8>,
    headers: HeaderMap,
    certificate: Option<Vec<u8>>,
}

impl Response {
    pub(crate) fn new(status: u16, headers: HeaderMap, certificate: Option<Vec<u8>>, bytes: Vec<u8>) -> Self {
        Self {
            status,
            bytes,
            headers,
            certificate,
        }
    }

    /// Whether the status is 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of a header; of several with this name, the first.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The server's certificate (X.509, DER), which TLS has verified. `None` over http.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// The media type without its parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.header(header::CONTENT_TYPE.as_str())?;
        let media_type = value.split(';').next().unwrap_or_default();
        Some(media_type.trim().to_ascii_lowercase())
    }
}

/// Shows the status and the length only.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

//! Middleware around calls, for metrics, traces and additional headers.

use std::{fmt, time::Duration};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::Error;

/// Headers that the client sets.
const RESERVED: [&str; 11] = [
    air_api::PARTNER_AUTH_HEADER,
    air_api::IDEMPOTENCY_KEY_HEADER,
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "user-agent",
];

/// Middleware that is called before and after each attempt of a call. It receives no token, body or query,
/// and therefore no personal data.
///
/// It runs on the threads of the calls, so it must not block. Register it with
/// [`AirClientBuilder::middleware`](crate::AirClientBuilder::middleware).
///
/// ```
/// use std::{sync::atomic::{AtomicU64, Ordering}, time::Duration};
///
/// use air_client::middleware::{Attempt, AttemptOutcome, ExtraHeaders, Middleware};
///
/// /// Counts attempts that failed, and hands the caller's trace on.
/// #[derive(Debug, Default)]
/// struct Telemetry {
///     failed: AtomicU64,
/// }
///
/// impl Middleware for Telemetry {
///     fn before(&self, _: &Attempt<'_>, headers: &mut ExtraHeaders) -> Result<(), air_client::Error> {
///         headers.insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
///     }
///
///     fn after(&self, attempt: &Attempt<'_>, outcome: &AttemptOutcome<'_>, took: Duration) {
///         if !matches!(outcome, AttemptOutcome::Answered { status: 200..300, .. }) {
///             self.failed.fetch_add(1, Ordering::Relaxed);
///             eprintln!("{} {} ({}.) {outcome:?} after {took:?}", attempt.method(), attempt.path(), attempt.number());
///         }
///     }
/// }
///
/// # fn main() -> Result<(), air_client::Error> {
/// let client = air_client::AirClient::builder(air_client::Environment::Sandbox)
///     .middleware(Telemetry::default())
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub trait Middleware: fmt::Debug + Send + Sync {
    /// Called before an attempt is sent. May add headers.
    ///
    /// # Errors
    /// An error ends the call; nothing is sent.
    fn before(&self, attempt: &Attempt<'_>, headers: &mut ExtraHeaders) -> Result<(), Error> {
        let _ = (attempt, headers);
        Ok(())
    }

    /// Called after an attempt with any outcome. `took` is the time from sending to reading the response.
    fn after(&self, attempt: &Attempt<'_>, outcome: &AttemptOutcome<'_>, took: Duration) {
        let _ = (attempt, outcome, took);
    }
}

/// An attempt of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt<'a> {
    method: &'a str,
    path: &'a str,
    number: u32,
}

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptOutcome<'a> {
    /// A response with any status.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The platform's id of the request.
        request_id: Option<&'a str>,
    },
    /// The connection failed.
    NotConnected,
    /// No response in time.
    TimedOut,
    /// The connection broke.
    Broken,
    /// The call was dropped, or its deadline passed.
    Abandoned,
}

/// Headers that are sent in addition to the client's own.
#[derive(Debug, Default)]
pub struct ExtraHeaders(HeaderMap);

impl<'a> Attempt<'a> {
    pub(crate) fn new(method: &'a str, path: &'a str, number: u32) -> Self {
        Self { method, path, number }
    }

    /// Returns the method: `GET`, `POST`, `PUT`.
    #[must_use]
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// Returns the path without the query, such as `/v1/credentials/status`. Some paths contain the id of a
    /// schema or a program.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// Returns the number of the attempt in its call, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl ExtraHeaders {
    /// Adds a header, and replaces one of the same name.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a name or value that is not allowed in a header, and for the client's
    /// own headers: tokens, keys, types.
    pub fn insert(&mut self, name: &'static str, value: &str) -> Result<(), Error> {
        let refused = || Error::InvalidRequest { header: name };
        let parsed = HeaderName::try_from(name).map_err(|_| refused())?;
        if RESERVED.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            return Err(refused());
        }
        self.0
            .insert(parsed, HeaderValue::from_str(value).map_err(|_| refused())?);
        Ok(())
    }

    pub(crate) fn into_map(self) -> HeaderMap {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_own_headers_stay_its_own() {
        let mut headers = ExtraHeaders::default();
        for name in [
            "x-partner-auth",
            "Authorization",
            "idempotency-key",
            "HOST",
            "a b",
            "",
        ] {
            assert!(headers.insert(name, "value").is_err(), "{name}");
        }
        assert!(headers.insert("x-trace", "a\nb").is_err());
        headers.insert("x-trace", "1").unwrap();
        headers.insert("X-Trace", "2").unwrap();
        assert_eq!(headers.into_map().get_all("x-trace").iter().count(), 1);
    }
}

//! Errors: ours of parsing, and the platform's on the wire.

use serde::{Deserialize, Serialize};

/// Why a value on the wire was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A key that makes a call count once, in another form than a header takes.
    #[error(
        "invalid idempotency key: must be 1 to 255 visible ASCII characters without quotation marks, such as a random UUID"
    )]
    InvalidIdempotencyKey,
    /// An invalid fault, or one that lasts too long.
    #[error(
        "invalid fault: must be delay=MS, slow-body=MS (at most 60,000), status=400…599 (also with ;retry-after=SECONDS), drop or lose-answer"
    )]
    InvalidFault,
    /// An event's id in another form.
    #[error("invalid event id: must be `evt_` and 24 hex digits")]
    InvalidEventId,
    /// A time in another form than the platform's.
    #[error("invalid time: must be like 2026-01-19 07:18:45")]
    InvalidTime,
    /// A time in another form than ISO 8601's.
    #[error("invalid time: must be like 2026-01-19T07:18:45Z (RFC 3339, with an offset)")]
    InvalidIsoTime,
    /// A URL from which the platform can't fetch.
    #[error(
        "invalid URL: must be https, or http on this machine, in ASCII, without a user, and at most 2,048 bytes long"
    )]
    InvalidWebUrl,
    /// Not an origin of the web.
    #[error(
        "invalid origin: must be a scheme and a host, optionally a port, without a path, such as https://app.example"
    )]
    InvalidWebOrigin,
    /// An invalid path in dStorage.
    #[error(
        "invalid storage path: must be 1 to 256 letters, digits, `.`, `_`, `-` and `/`, without a slash at either end and without `..`"
    )]
    InvalidStoragePath,
    /// A duration in another form than the dashboard's.
    #[error("invalid expiration: must be a number of days (90d) or years (1y), or `permanent`")]
    InvalidExpiration,
}

/// The platform's error body: `{"error": <HTTP status>, "message": "<sentence>"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// The HTTP status once more.
    #[cfg_attr(feature = "openapi", schemars(range(min = 400, max = 599)))]
    pub error: u16,
    /// One sentence for people.
    pub message: String,
}

//! Errors: ours of parsing, and the platform's on the wire.

use serde::{Deserialize, Serialize};

/// Why a value on the wire was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An id that is empty, too long, or is not of visible ASCII characters.
    #[error("a {kind} must be 1 to 256 visible ASCII characters")]
    InvalidId {
        /// What kind of id.
        kind: &'static str,
    },
    /// A core claim hash that is not one.
    #[error("a core claim hash is 64 hex digits; `air issue` prints it")]
    InvalidCoreClaimHash,
    /// A key that makes a call count once, in another form than a header takes.
    #[error(
        "an idempotency key is 1 to 255 visible ASCII characters without quotation marks; a random UUID is one"
    )]
    InvalidIdempotencyKey,
    /// An invalid fault, or one that lasts too long.
    #[error(
        "a fault is delay=MS, slow-body=MS (60,000 at most), status=400…599 (also with ;retry-after=SECONDS), drop or lose-answer"
    )]
    InvalidFault,
    /// An event's id in another form.
    #[error("an event's id is `evt_` and 24 hex digits; `air events list` shows them")]
    InvalidEventId,
    /// A time in another form than the platform's.
    #[error("a time must have the form 2026-01-19 07:18:45")]
    InvalidTime,
    /// A time in another form than ISO 8601's.
    #[error("a time must have the form 2026-01-19T07:18:45Z (RFC 3339, with its offset)")]
    InvalidIsoTime,
    /// A URL from which the platform can't fetch.
    #[error("a URL must be https, or http on this machine, in ASCII and without a user; 2,048 bytes at most")]
    InvalidWebUrl,
    /// Not an origin of the web.
    #[error("an origin must be a scheme, a host and a port as in https://app.example, without a path")]
    InvalidWebOrigin,
    /// An invalid path in dStorage.
    #[error(
        "a storage path is 1 to 256 letters, digits, `.`, `_`, `-` and `/`, without a slash at its ends and without `..`"
    )]
    InvalidStoragePath,
    /// A duration in another form than the dashboard's.
    #[error("an expiration must be a number of days (90d) or years (1y), or `permanent`")]
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

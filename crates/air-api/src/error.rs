//! The crate's parsing errors, and the platform's error body.

use serde::{Deserialize, Serialize};

/// The reason why a value on the wire was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An idempotency key is not 1 to 255 visible ASCII characters, or contains `"` or `\`.
    #[error(
        "invalid idempotency key: must be 1 to 255 visible ASCII characters without quotation marks, such as a random UUID"
    )]
    InvalidIdempotencyKey,
    /// A fault is invalid or lasts too long.
    #[error(
        "invalid fault: must be delay=MS, slow-body=MS (at most 60,000), status=400…599 (also with ;retry-after=SECONDS), drop or lose-answer"
    )]
    InvalidFault,
    /// An event id is not `evt_` and 24 hex digits.
    #[error("invalid event id: must be `evt_` and 24 hex digits")]
    InvalidEventId,
    /// A time is not in the platform's format, `2026-01-19 07:18:45`.
    #[error("invalid time: must be like 2026-01-19 07:18:45")]
    InvalidTime,
    /// A time is not a `date-time` of RFC 3339, section 5.6.
    #[error("invalid time: must be like 2026-01-19T07:18:45Z (RFC 3339, with an offset)")]
    InvalidIsoTime,
    /// The platform cannot fetch from this URL.
    #[error(
        "invalid URL: must be https, or http on this machine, in ASCII, without a user, and at most 2,048 bytes long"
    )]
    InvalidWebUrl,
    /// The text is not a web origin.
    #[error(
        "invalid origin: must be a scheme and a host, optionally a port, without a path, such as https://app.example"
    )]
    InvalidWebOrigin,
    /// A path in dStorage is invalid.
    #[error("invalid storage path: must be 1 to 256 visible ASCII characters")]
    InvalidStoragePath,
    /// An expiration is not in the dashboard's format.
    #[error("invalid expiration: must be a number of days (90d) or years (1y), or `permanent`")]
    InvalidExpiration,
    /// A credential format has another identifier.
    #[error("unknown credential format: must be dc+sd-jwt or mso_mdoc")]
    UnknownCredentialFormat,
    /// A proof suite has another name.
    #[error("unknown proof suite: must be ecdsa-rdfc-2019, eddsa-rdfc-2022, ecdsa-sd-2023 or bbs-2023")]
    UnknownProofSuite,
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

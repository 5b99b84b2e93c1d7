//! The most recent requests that the platform answered.

use serde::{Deserialize, Serialize};

use crate::{PartnerId, PlatformTime};

/// One request. It has no token, no body, no query and no id out of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest {
    /// Its number, from 1 at each start of the platform.
    pub number: u64,
    /// When it was answered, by the machine's clock.
    pub at: PlatformTime,
    /// The ID in its answer: the header `x-request-id`.
    pub request_id: String,
    /// `GET`, `POST`.
    pub method: String,
    /// The route's template, such as `/sandbox/v1/programs/{program}`. Absent when no route matches the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// The time until the head of the response.
    pub duration_milliseconds: u64,
    /// The partner that called, if its Partner JWT was verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// The message of a failure, with its remedy. For an accepted call, a note about missing parts
    /// of its Partner JWT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// `GET /sandbox/v1/logs`: oldest first. The last thousand are kept, in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RequestLog {
    /// The requests.
    pub requests: Vec<LoggedRequest>,
}

/// The header of a query that only checks a configuration, such as `air doctor` sends. The request
/// log leaves it out.
pub const PROBE_HEADER: &str = "x-air-probe";

/// The query for logged requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogQuery {
    /// Only requests after this number. A list defaults to the oldest one in memory, a stream to
    /// the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Whether only failures: statuses from 400.
    #[serde(default)]
    pub failed: bool,
}

//! Snapshots: the platform's whole state, saved under a name.

use serde::{Deserialize, Serialize};

use crate::PlatformTime;

/// `POST /sandbox/v1/snapshots`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSnapshot {
    /// Its name: 1 to 64 of `a-z`, `0-9`, `-` and `_`, beginning with a letter or digit.
    #[cfg_attr(feature = "openapi", schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")))]
    pub name: String,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// When it was saved, by the machine's clock.
    pub saved_at: PlatformTime,
    /// The size in bytes.
    pub size: u64,
}

/// `GET /sandbox/v1/snapshots`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Snapshots {
    /// By name.
    pub snapshots: Vec<Snapshot>,
}

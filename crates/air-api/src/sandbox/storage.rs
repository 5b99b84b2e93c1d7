//! Sealed documents that belong to a credential.

use serde::{Deserialize, Serialize};

use crate::StorageId;

/// `POST /sandbox/v1/dstorage/objects?coreClaimHash=…&name=…`, with a Partner JWT of scope `issue`
/// and the bytes as body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StoredObject {
    /// Its place: `GET /sandbox/v1/dstorage/objects/{storageId}`.
    pub storage_id: StorageId,
    /// The name it was given; the label that its container was sealed with, by convention.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

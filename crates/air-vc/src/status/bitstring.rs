//! The W3C's Bitstring Status List v1.0.

#[cfg(feature = "bitstring")]
mod credential;
mod entry;
#[cfg(feature = "bitstring")]
mod list;
mod messages;
mod purpose;
#[cfg(feature = "bitstring")]
mod verify;

use serde_json::{Map, Value};

use super::StatusBits;
use crate::{Error, data_model::types_of};

#[cfg(feature = "bitstring")]
pub use credential::{BitstringStatusListCredential, BitstringStatusListOptions};
pub use entry::BitstringStatusListEntry;
#[cfg(feature = "bitstring")]
pub use list::{BitstringStatusList, MINIMUM_ENTRIES};
pub use purpose::StatusPurpose;
#[cfg(feature = "bitstring")]
pub use verify::{BitstringStatus, BitstringStatusListVerifier, VerifiedBitstringStatusList};

fn size(value: &Value) -> Result<StatusBits, Error> {
    let bits = value.as_u64().ok_or(Error::MalformedStatus {
        reason: "`statusSize` is not a whole number",
    })?;
    StatusBits::from_number(bits)
}

/// Whether `type` is this name or contains it.
fn has_type(object: &Map<String, Value>, name: &str) -> bool {
    types_of(object).contains(&name)
}

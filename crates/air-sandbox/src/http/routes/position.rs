//! A reader's position in a list that only grows.

use air_store::sql::{LARGEST, TooLarge};

use air_platform::Refusal;

/// Refuses a position that no entry can ever have. The store would not: nothing is looked up beyond
/// the newest entry.
pub(super) fn check(after: Option<u64>) -> Result<(), Refusal> {
    match after {
        Some(after) if after > LARGEST => Err(TooLarge(after).into()),
        _ => Ok(()),
    }
}

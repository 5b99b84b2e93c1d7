//! A reader's position in a list that only grows.

use crate::domain::Refusal;

/// Refuses a position that no entry can ever have: the database numbers entries up to 2⁶³ − 1.
pub(super) fn check(after: Option<u64>) -> Result<(), Refusal> {
    const LAST: u64 = i64::MAX.unsigned_abs();
    match after {
        Some(after) if after > LAST => Err(Refusal::bad_request(format!(
            "`after` is too large; it must be at most {LAST}"
        ))),
        _ => Ok(()),
    }
}

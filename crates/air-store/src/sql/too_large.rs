//! Numbers that no column holds.

/// The largest number that a column holds: 2⁶³ − 1.
pub const LARGEST: u64 = i64::MAX.unsigned_abs();

/// A number above 2⁶³ − 1, which no column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number {0} is too large: the database stores at most {LARGEST}")]
pub struct TooLarge(pub u64);

impl TooLarge {
    /// Returns the number that made a statement fail, or `None` if the statement failed for another reason.
    #[must_use]
    pub fn find(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Encode(cause) => cause.downcast_ref().copied(),
            _ => None,
        }
    }
}

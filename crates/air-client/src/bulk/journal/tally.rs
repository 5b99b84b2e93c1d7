//! The sums of a journal.

use super::{
    super::Refusal,
    line::{Entry, Outcome},
};

/// The most refused rows that are kept in memory; the journal has all.
pub(in crate::bulk) const LISTED: usize = 1000;

/// What became of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How many were issued.
    pub issued: u64,
    /// How many were refused.
    pub refused: u64,
    /// Of how many nobody knows: the answer was lost where asking again could have issued twice.
    pub unclear: u64,
    /// The first thousand that were refused; the journal has all.
    pub refused_rows: Vec<RefusedRow>,
}

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Which, from 1.
    pub number: u64,
    /// On which line it begins, from 1.
    pub line: u64,
    /// Why and where.
    pub refusal: Refusal,
}

impl Tally {
    /// How many rows are done, one way or another.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.issued + self.refused + self.unclear
    }

    pub(super) fn count(&mut self, entry: &Entry) {
        match &entry.outcome {
            Outcome::Issued { .. } => self.issued += 1,
            Outcome::Unclear { .. } => self.unclear += 1,
            Outcome::Refused { refused, pointer } => {
                self.refused += 1;
                if self.refused_rows.len() < LISTED {
                    self.refused_rows.push(RefusedRow {
                        number: entry.row,
                        line: entry.line,
                        refusal: Refusal::new(*refused, pointer),
                    });
                }
            }
        }
    }
}

//! The totals of a journal.

use super::{
    super::Refusal,
    line::{Entry, Outcome},
};

/// The maximum number of refused rows in memory. The journal has all refused rows.
pub(in crate::bulk) const LISTED: usize = 1000;

/// The outcomes of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of issued rows.
    pub issued: u64,
    /// The number of refused rows.
    pub refused: u64,
    /// The number of rows with an unknown outcome: the response was lost, and a retry could have
    /// issued twice.
    pub unclear: u64,
    /// The first thousand refused rows; the journal has all.
    pub refused_rows: Vec<RefusedRow>,
}

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The row's number, from 1.
    pub number: u64,
    /// The line where it starts, from 1.
    pub line: u64,
    /// The reason and the place.
    pub refusal: Refusal,
}

impl Summary {
    /// Returns the number of rows that are done, with any outcome.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.issued + self.refused + self.unclear
    }

    pub(super) fn count(&mut self, entry: &Entry) {
        match &entry.outcome {
            Outcome::Issued { .. } | Outcome::Stored { .. } => self.issued += 1,
            Outcome::Unclear { .. } => self.unclear += 1,
            Outcome::Refused {
                refused,
                pointer,
                rule,
            } => {
                self.refused += 1;
                if self.refused_rows.len() < LISTED {
                    self.refused_rows.push(RefusedRow {
                        number: entry.row,
                        line: entry.line,
                        refusal: Refusal {
                            rule: rule.clone(),
                            ..Refusal::new(*refused, pointer)
                        },
                    });
                }
            }
        }
    }
}

//! The recorded outcomes of rows, for a report of each row.

use std::{
    io::{self, BufRead, BufReader, Seek},
    ops::Range,
};

use air_api::CoreClaimHash;

use super::{
    super::{BulkError, Refusal},
    Journal, LINE_LIMIT,
    line::{Entry, Outcome},
};

/// The recorded outcome of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowOutcome {
    /// The credential's hash.
    Issued(CoreClaimHash),
    /// An issuer's own service stored the credential.
    Stored {
        /// The credential's id, if the service returned it.
        external_id: Option<String>,
    },
    /// The row was refused.
    Refused(Refusal),
    /// The response was lost, and a retry could have issued twice.
    Unclear {
        /// The platform's id of the request, if there was one.
        request_id: Option<String>,
    },
}

impl Journal {
    /// Reads the outcomes of these rows from the file, in their order; `None` for a row that is not
    /// done. Memory is proportional to the number of rows, so large inputs are read in several
    /// ranges.
    ///
    /// # Errors
    /// [`BulkError::Journal`] if the file cannot be read, [`BulkError::JournalDamaged`] if it was changed.
    pub fn outcomes(&self, rows: Range<u64>) -> Result<Vec<Option<RowOutcome>>, BulkError> {
        let length = usize::try_from(rows.end.saturating_sub(rows.start)).unwrap_or_default();
        let mut outcomes = vec![None; length];
        let mut file = self.file.try_clone().map_err(BulkError::Journal)?;
        file.rewind().map_err(BulkError::Journal)?;
        let mut reader = BufReader::new(file);
        let (mut text, mut number) = (Vec::new(), 0);
        loop {
            text.clear();
            let mut limited = io::Read::take(&mut reader, LINE_LIMIT);
            limited.read_until(b'\n', &mut text).map_err(BulkError::Journal)?;
            // An incomplete last line belongs to a row that is not done.
            let Some(line) = text.strip_suffix(b"\n") else {
                return Ok(outcomes);
            };
            number += 1;
            if number == 1 {
                continue;
            }
            let entry: Entry =
                serde_json::from_slice(line).map_err(|_| BulkError::JournalDamaged { line: number })?;
            let place = entry.row.checked_sub(rows.start);
            let place = place.and_then(|place| usize::try_from(place).ok());
            if let Some(outcome) = place.and_then(|place| outcomes.get_mut(place)) {
                *outcome = Some(entry.outcome.into());
            }
        }
    }
}

impl From<Outcome> for RowOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Issued { issued } => Self::Issued(issued),
            Outcome::Stored { stored } => Self::Stored {
                external_id: Some(stored).filter(|id| !id.is_empty()),
            },
            Outcome::Refused {
                refused,
                pointer,
                rule,
            } => Self::Refused(Refusal {
                rule,
                ..Refusal::new(refused, pointer)
            }),
            Outcome::Unclear { unclear } => Self::Unclear {
                request_id: Some(unclear).filter(|id| !id.is_empty()),
            },
        }
    }
}

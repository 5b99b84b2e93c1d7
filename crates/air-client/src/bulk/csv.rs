//! Rows of a CSV (RFC 4180): `email,expiration,credentialSubject.<field>…`.

mod cell;
mod columns;
mod input;

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Map;

pub use self::columns::{CellType, CsvClaim};
pub(super) use self::input::RECORD_LIMIT;
use self::{
    columns::{Column, columns},
    input::{Allowance, separator},
};
use super::{BulkError, NumberedRow, Reason, Refusal, Row, expiration::Expirations, row::pointer};

/// Reads rows one by one, in bounded memory. An empty subject cell is an absent claim.
#[derive(Debug)]
pub struct CsvRows<R> {
    reader: csv::Reader<Allowance<R>>,
    columns: Vec<Column>,
    expirations: Expirations,
    record: ByteRecord,
    number: u64,
}

impl<R: Read> CsvRows<R> {
    /// Creates a reader, and reads the header line `email,credentialSubject.<field>,…`. The
    /// separator is a comma or a semicolon. Cells of the subject are JSON.
    ///
    /// # Errors
    /// [`BulkError::NoEmailColumn`], [`BulkError::UnknownColumn`] or [`BulkError::RepeatedColumn`] if the
    /// header is invalid.
    pub fn new(reader: R) -> Result<Self, BulkError> {
        Self::open(reader, None, Expirations::Refused)
    }

    /// Creates a reader whose cells have the types of these claims. The header may name a claim
    /// with or without `credentialSubject.`, in any case.
    ///
    /// # Errors
    /// As [`Self::new`]; [`BulkError::UnknownColumn`] for a column that is not among the claims.
    pub fn typed(reader: R, claims: &[CsvClaim]) -> Result<Self, BulkError> {
        Self::open(reader, Some(claims), Expirations::Refused)
    }

    /// As [`Self::typed`], for an issuer's own service: each row has an `expiration`, which is a date
    /// (midnight in UTC) or a time with its offset. Other columns than `email`, `expiration`,
    /// `credentialSubject.<field>` and those of claims are ignored ([`Self::ignored_columns`]).
    ///
    /// # Errors
    /// As [`Self::typed`].
    pub fn for_service(reader: R, claims: &[CsvClaim]) -> Result<Self, BulkError> {
        Self::open(reader, Some(claims), Expirations::Required)
    }

    /// Returns the columns that are ignored, counted from 1.
    #[must_use]
    pub fn ignored_columns(&self) -> Vec<usize> {
        let columns = (1..).zip(&self.columns);
        columns
            .filter_map(|(number, column)| (*column == Column::Other).then_some(number))
            .collect()
    }

    fn open(mut reader: R, claims: Option<&[CsvClaim]>, expirations: Expirations) -> Result<Self, BulkError> {
        let (head, separator) = separator(&mut reader).map_err(BulkError::Read)?;
        let mut rows = Self {
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(separator)
                // A carriage return before the line feed is trimmed with the cell.
                .terminator(csv::Terminator::Any(b'\n'))
                .from_reader(Allowance::new(head, reader)),
            columns: Vec::new(),
            expirations,
            record: ByteRecord::new(),
            number: 0,
        };
        rows.read_record()?;
        rows.columns = columns(&rows.record, claims, expirations)?;
        Ok(rows)
    }

    /// Reads the next record. Returns `false` at the end of the input.
    fn read_record(&mut self) -> Result<bool, BulkError> {
        let line = self.reader.position().line();
        self.reader.get_mut().renew();
        let read = self.reader.read_byte_record(&mut self.record);
        read.map_err(|error| match error.into_kind() {
            _ if self.reader.get_ref().is_exhausted() => BulkError::RecordTooLong {
                line,
                limit: RECORD_LIMIT,
            },
            csv::ErrorKind::Io(error) => BulkError::Read(error),
            _ => BulkError::Read(io::ErrorKind::InvalidData.into()),
        })
    }

    /// Returns the line of the last record, or of its cell with an unclosed quotation mark. The csv crate's
    /// own position is before blank lines.
    fn line(&self) -> u64 {
        let end = self.reader.position().line();
        let newlines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        if self.has_open_quote() {
            end.saturating_sub(self.record.iter().next_back().map_or(0, newlines))
        } else {
            end.saturating_sub(newlines(self.record.as_slice()) + 1)
        }
    }

    /// Checks whether the last record includes the end of the input, which only an unclosed quotation mark
    /// causes.
    fn has_open_quote(&self) -> bool {
        let byte = self.reader.position().byte();
        self.reader.get_ref().is_at_end(byte)
    }

    /// Checks for a row of empty cells, which spreadsheets write for an empty row, or for the carriage return
    /// of a blank line.
    fn is_blank(&self) -> bool {
        !self.has_open_quote() && self.record.iter().all(|cell| cell.trim_ascii().is_empty())
    }

    fn row(&self) -> Result<Row, Refusal> {
        if self.has_open_quote() {
            return Err(Refusal::new(Reason::OpenQuote, ""));
        }
        if self.record.len() != self.columns.len() {
            return Err(Refusal::new(Reason::WrongNumberOfCells, ""));
        }
        let (mut email, mut expires_at, mut credential_subject) = (None, None, Map::new());
        for (column, cell) in self.columns.iter().zip(&self.record) {
            let cell = cell.trim_ascii();
            match column {
                Column::Email => email = Some(self.address(cell)?),
                _ if cell.is_empty() => {}
                Column::Other => {}
                Column::Expiration => {
                    let text = cell::text(cell).unwrap_or_default();
                    expires_at = Some(self.expirations.read(&text)?);
                }
                Column::Subject(claim) => {
                    let place = pointer("/credentialSubject", &claim.name);
                    let value = cell::value(cell, claim.cells, &place)?;
                    credential_subject.insert(claim.name.clone(), value);
                }
            }
        }
        Ok(Row {
            email: email.ok_or_else(|| Refusal::new(Reason::Missing, "/email"))?,
            credential_subject,
            expires_at: match expires_at {
                None => self.expirations.absent()?,
                some => some,
            },
        })
    }

    /// Reads an address. In the vendor's format, which an issuer's own service takes, it is a JSON string.
    fn address(&self, cell: &[u8]) -> Result<air_jwt::EmailAddress, Refusal> {
        if cell.is_empty() {
            return Err(Refusal::new(Reason::Missing, "/email"));
        }
        let text = match self.expirations {
            Expirations::Refused => std::str::from_utf8(cell).ok().map(str::to_owned),
            Expirations::Required => cell::text(cell),
        };
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| Refusal::new(Reason::NotAnEmail, "/email"))
    }
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Result<NumberedRow, BulkError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            return match self.read_record() {
                Ok(false) => None,
                Ok(true) if self.is_blank() => continue,
                Ok(true) => {
                    self.number += 1;
                    Some(Ok(NumberedRow {
                        number: self.number,
                        line: self.line(),
                        content: self.row(),
                    }))
                }
                Err(error) => Some(Err(error)),
            };
        }
    }
}

#[cfg(test)]
mod tests;

//! Why a run can't begin or go on.

use std::io;

/// Why rows could not be read or a journal not be kept. No variant holds a value of a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BulkError {
    /// The input.
    #[error("the rows can't be read")]
    Read(#[source] io::Error),
    /// A CSV without a column for the recipient.
    #[error("the header line has no column `email`; it is `email,credentialSubject.<field>,…`")]
    NoEmailColumn,
    /// A CSV column that means nothing.
    #[error(
        "column {column} of the header line is neither `email` nor `expiration` nor `credentialSubject.<field>`"
    )]
    UnknownColumn {
        /// Which, from 1.
        column: usize,
    },
    /// A CSV column that stands there twice.
    #[error("column {column} of the header line is named as one before it")]
    RepeatedColumn {
        /// Which, from 1.
        column: usize,
    },
    /// A CSV record without an end.
    #[error(
        "the record that begins on line {line} is longer than {limit} bytes; is a quotation mark not closed?"
    )]
    RecordTooLong {
        /// Where it begins, from 1.
        line: u64,
        /// In bytes.
        limit: u64,
    },
    /// An input that is too long for one run.
    #[error("the input has more than {limit} rows; split it")]
    TooManyRows {
        /// How many there may be.
        limit: u64,
    },
    /// The journal's file.
    #[error("the journal can't be kept")]
    Journal(#[source] io::Error),
    /// A new run where one has been.
    #[error("there is a journal already; resume its run, or name another file")]
    JournalExists,
    /// Another process has it.
    #[error("another run is writing the journal")]
    JournalInUse,
    /// It has no first line: nothing was sent.
    #[error("the journal has no header, so nothing was sent; remove it and start again")]
    JournalEmpty,
    /// Something in it was changed.
    #[error("line {line} of the journal is not as it was written")]
    JournalDamaged {
        /// Which, from 1.
        line: u64,
    },
    /// Written by another version.
    #[error("the journal has version {version}, and this program knows 1")]
    JournalVersion {
        /// The version.
        version: u32,
    },
    /// It belongs to another run.
    #[error("the journal is of another {what}")]
    JournalOfAnother {
        /// `input`, `issuer`, `program` or `onDuplicate`.
        what: &'static str,
    },
    /// The platform may have forgotten the keys.
    #[error(
        "the run began {hours} hours ago and the platform keeps idempotency keys for 24: what was sent last could be issued twice; \
         only a run with onDuplicate `ignore` can be resumed"
    )]
    TooOld {
        /// Since it began.
        hours: u64,
    },
    /// The platform has no keys.
    #[error(
        "the platform keeps no idempotency keys: what was sent last could be issued twice; only a run with onDuplicate `ignore` can be \
         resumed"
    )]
    WouldRepeat,
}

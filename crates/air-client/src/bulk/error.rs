//! Errors of a bulk run.

use std::io;

/// An error of the input or the journal. No variant contains a value of a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BulkError {
    /// The input.
    #[error("failed to read the rows")]
    Read(#[source] io::Error),
    /// A CSV without a column for the recipient.
    #[error("the header has no column `email`: must be like `email,credentialSubject.<field>,…`")]
    NoEmailColumn,
    /// An unknown CSV column.
    #[error(
        "unknown column {column} in the header: must be `email`, `expiration`, `credentialSubject.<field>`, or with a schema one of its attributes"
    )]
    UnknownColumn {
        /// The column, counted from 1.
        column: usize,
    },
    /// A repeated CSV column.
    #[error("column {column} of the header has the same name as an earlier one")]
    RepeatedColumn {
        /// The column, counted from 1.
        column: usize,
    },
    /// A CSV record that is too long.
    #[error("the record on line {line} is longer than {limit} bytes; check for an unclosed quotation mark")]
    RecordTooLong {
        /// The line where it starts, from 1.
        line: u64,
        /// In bytes.
        limit: u64,
    },
    /// An input that is too long for one run.
    #[error("the input has more than {limit} rows; split it into several files")]
    TooManyRows {
        /// The maximum number of rows.
        limit: u64,
    },
    /// The journal's file.
    #[error("failed to write the journal")]
    Journal(#[source] io::Error),
    /// The journal of a new run exists already.
    #[error("the journal already exists; resume its run, or choose another file")]
    JournalExists,
    /// Another process uses the journal.
    #[error("another run is writing the journal")]
    JournalInUse,
    /// The journal has no header line, so nothing was sent.
    #[error("the journal has no header, so nothing was sent; remove it and start again")]
    JournalEmpty,
    /// The journal was changed.
    #[error("line {line} of the journal is damaged")]
    JournalDamaged {
        /// The line, counted from 1.
        line: u64,
    },
    /// The journal is from another version.
    #[error("unsupported journal version {version}: must be 1")]
    JournalVersion {
        /// The version.
        version: u32,
    },
    /// The journal belongs to another run.
    #[error("the journal belongs to another {what}")]
    JournalOfAnother {
        /// `input`, `issuer`, `program` or `onDuplicate`; or `service`, `schema` or `vct`.
        what: &'static str,
    },
    /// The platform may have dropped the idempotency keys.
    #[error(
        "the run began {hours} hours ago, but the platform keeps idempotency keys for 24 hours, so the last rows could be issued twice; \
         only a run with onDuplicate `ignore` can be resumed"
    )]
    TooOld {
        /// The age of the run.
        hours: u64,
    },
    /// The platform does not support idempotency keys.
    #[error(
        "the platform does not support idempotency keys, so the last rows could be issued twice; only a run with onDuplicate `ignore` can be \
         resumed"
    )]
    WouldRepeat,
}

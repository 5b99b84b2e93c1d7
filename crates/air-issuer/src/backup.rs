//! Backup and restore of the database: the same file for SQLite and PostgreSQL.
//!
//! A backup reads each table in one transaction, so it shows one moment while the service runs. It is a
//! text: a header, the rows as JSON, and a manifest with counts and digests. A restore writes in one
//! transaction, and compares the tables with the manifest before it commits.
//!
//! The format is described in the book, on the page *Back up the issuer's service*.

mod error;
mod export;
mod format;
mod load;
mod reader;
mod writer;

pub use self::{
    error::BackupError,
    export::{BackupReport, backup},
    load::{RestoreOptions, RestoreReport, restore},
};

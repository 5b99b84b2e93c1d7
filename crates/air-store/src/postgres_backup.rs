//! Backups of a platform's database in PostgreSQL: the whole database as one text, and back.
//!
//! A backup is read in one transaction, so it shows one moment while platforms use the database. It has a header, the rows
//! of each table as `COPY` writes them, the count and a sum of each table's rows, and the SHA-256 of everything before. A
//! restore writes in one transaction, and compares the tables with these sums before it commits.

mod error;
mod export;
mod format;
mod load;
mod reader;
mod rows;
mod tables;
mod writer;

pub use self::{
    error::PostgresBackupError,
    export::backup,
    load::{RestoredDatabase, check, restore},
};

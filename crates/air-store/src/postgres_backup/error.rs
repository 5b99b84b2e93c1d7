//! Errors of backups and restores. Each message contains the remedy, and none a value of the database.

use std::io;

use crate::Error;

/// The reason why a backup or a restore stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresBackupError {
    /// There is nothing to back up.
    #[error("the database has no tables of a platform; check the URL")]
    NoTables,
    /// Another version made the tables.
    #[error("a newer version made the tables of the database; make the backup with that version")]
    NewerDatabase,
    /// A table can't be written before a table that it depends on.
    #[error(
        "the table `{table}` and another one depend on each other, which a backup can't have; use pg_dump"
    )]
    Order {
        /// The table.
        table: String,
    },
    /// The backup can't be written.
    #[error("failed to write the backup; check the free space and the permissions")]
    Write(#[source] io::Error),
    /// The backup can't be read.
    #[error("failed to read the backup; check the file and, if it is sealed, its key")]
    Read(#[source] io::Error),
    /// The file is not such a backup.
    #[error(
        "the file is not a backup of a platform's database in PostgreSQL; choose another file, or a data folder for the \
         backup of a folder"
    )]
    NotABackup,
    /// The file has another version of the format.
    #[error(
        "the backup has version {version} of the format, and this program reads version {supported}; restore it with the \
         version that made it"
    )]
    Version {
        /// The version in the file.
        version: u64,
        /// The version that this program reads.
        supported: u64,
    },
    /// The tables of the backup are newer than this program.
    #[error(
        "the backup has the tables of migration {migration}, which this program does not know; restore it with the version \
         that made it, or a later one"
    )]
    NewerBackup {
        /// The newest migration of the tables in the backup.
        migration: i64,
    },
    /// The backup was changed, or is not complete.
    #[error("the backup is damaged: {what}; choose another copy")]
    Damaged {
        /// The damaged part.
        what: &'static str,
    },
    /// The database is in use.
    #[error("the database has tables, and a restore replaces nothing; create an empty database")]
    NotEmpty,
    /// The database does not have the rows that were written to it.
    #[error(
        "the table `{table}` differs from the backup after it was written; nothing was restored, so check the database"
    )]
    Differs {
        /// The table.
        table: String,
    },
    /// The database can't be opened.
    #[error(transparent)]
    Store(#[from] Error),
    /// The database failed.
    #[error("the database failed; check the server and the role's rights, then try again")]
    Database(#[from] sqlx::Error),
}

impl PostgresBackupError {
    pub(super) const fn damaged(what: &'static str) -> Self {
        Self::Damaged { what }
    }
}

//! Errors of backups and restores. Each message contains the remedy.

use std::io;

use crate::Error;

/// The reason why a backup or a restore stopped. No message contains a value of the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is nothing to back up.
    #[error(
        "the database has no tables of the issuer's service; check `sqlite` in issuer.toml, or DATABASE_URL"
    )]
    NoDatabase,
    /// Another version made the tables.
    #[error("a newer version made the tables of the database; make the backup with that version")]
    NewerDatabase,
    /// The backup can't be written.
    #[error("failed to write the backup; check the free space and the permissions")]
    Write(#[source] io::Error),
    /// The backup can't be read.
    #[error("failed to read the backup; check the file and, if it is sealed, its key")]
    Read(#[source] io::Error),
    /// The file is not a backup.
    #[error("the file is not a backup of the issuer's service; choose another file")]
    NotABackup,
    /// The file has another version of the format.
    #[error(
        "the backup has version {version} of the format, and this program reads version {supported}; \
         restore it with the version that made it"
    )]
    Version {
        /// The version in the file.
        version: u64,
        /// The version that this program reads.
        supported: u64,
    },
    /// The tables of the backup are newer than this program.
    #[error(
        "the backup has the tables of migration {migration}, which this program does not know; \
         restore it with the version that made it, or a later one"
    )]
    NewerBackup {
        /// The newest migration of the tables in the backup.
        migration: i64,
    },
    /// The backup is of another issuer.
    #[error(
        "the backup is of the issuer at {backup:?}, and the configuration is of {configured:?}; \
         choose the configuration or the backup of the other"
    )]
    OtherIssuer {
        /// The origin in the backup.
        backup: String,
        /// The configured origin.
        configured: String,
    },
    /// The backup was changed, or is not complete.
    #[error("the backup is damaged: {what}; choose another copy")]
    Damaged {
        /// The damaged part.
        what: &'static str,
    },
    /// The database is in use.
    #[error(
        "the configured database has tables of the issuer's service, and a restore replaces nothing; \
         configure an empty database or folder"
    )]
    NotEmpty,
    /// The database does not have the rows that were written to it.
    #[error(
        "the table `{table}` differs from the backup after it was written; nothing was restored, so check the database"
    )]
    Differs {
        /// The table.
        table: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Error::Database(error))
    }
}

impl BackupError {
    pub(super) const fn damaged(what: &'static str) -> Self {
        Self::Damaged { what }
    }
}

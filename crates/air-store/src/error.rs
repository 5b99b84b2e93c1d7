//! Errors of opening a store.

use std::{io, path::PathBuf};

/// An error of opening a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data folder can't be created or written.
    #[error("failed to open the data folder {}; choose a folder that you can write to", path.display())]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another process uses the data folder.
    #[error("the data folder {} is in use by another platform; stop that one, or choose another folder", path.display())]
    DataFolderInUse {
        /// The folder.
        path: PathBuf,
    },
    /// The path of the data folder is not valid UTF-8.
    #[error("the path of the data folder {} is not valid UTF-8, which SQLite requires; choose another folder", path.display())]
    DataFolderName {
        /// The folder.
        path: PathBuf,
    },
    /// The database can't be copied before the upgrade of its tables.
    #[error(
        "failed to copy the database to {} before the upgrade of its tables; check that the folder has space for the copy, then start again",
        path.display()
    )]
    UpgradeCopy {
        /// The incomplete copy, which was deleted.
        path: PathBuf,
        /// The error of the database or of the operating system.
        source: sqlx::Error,
    },
    /// The URL of a PostgreSQL database breaks a rule. The URL is not shown, because it may contain
    /// a password.
    #[error("invalid database URL: it {rule}; use postgres://user:password@host:5432/database")]
    DatabaseUrl {
        /// The broken rule.
        rule: &'static str,
    },
    /// The data is in PostgreSQL, and this build has no driver for it.
    #[error("this build does not support PostgreSQL; enable the Cargo feature `postgres`, or use a folder")]
    WithoutPostgres,
    /// The database can't be opened or migrated.
    #[error("failed to open the platform's database; it may be damaged or from another version")]
    Database(#[source] sqlx::Error),
    /// The database's disk is full.
    #[error("failed to open the platform's database: its disk is full; free some space, then start again")]
    DiskFull(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if crate::is_full(&error) {
            Self::DiskFull(error)
        } else {
            Self::Database(error)
        }
    }
}

impl Error {
    /// Checks whether the database refused the user or the password (`SQLSTATE` class 28).
    #[must_use]
    pub fn is_not_authorised(&self) -> bool {
        self.sql_state().is_some_and(|state| state.starts_with("28"))
    }

    /// Checks whether the server has no database of this name (`SQLSTATE` 3D000).
    #[must_use]
    pub fn is_missing_database(&self) -> bool {
        self.sql_state().is_some_and(|state| state == "3D000")
    }

    /// Checks whether the database server is unreachable now: it does not respond, is starting or
    /// stopping, or has no free connection.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Database(error) if crate::is_unreachable(error))
    }

    fn sql_state(&self) -> Option<String> {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error.code().map(Into::into),
            _ => None,
        }
    }
}

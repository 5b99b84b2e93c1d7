//! Errors of exports and erasures.

use crate::Error;

/// The reason why an export or an erasure stopped. No message contains a value of the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserDataError {
    /// There is no database.
    #[error(
        "the database has no tables of the issuer's service; check `sqlite` in issuer.toml, or DATABASE_URL"
    )]
    NoDatabase,
    /// An instance of the service has the SQLite database open. Nothing was erased.
    #[error(
        "another program has the database open, such as an instance of the service, whose memory may have values of the \
         person; nothing was erased, so stop it, then try again"
    )]
    InUse,
    /// A reader of the database kept SQLite's log in use.
    #[error(
        "the rows were erased, but another program kept the database's log in use; end it, then try again"
    )]
    LogInUse,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for UserDataError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Error::Database(error))
    }
}

//! The data of one person: an export of everything that the database has of the person, and its
//! erasure. One list has the rule of each table.
//!
//! Both run on the database of a stopped platform. A running one has sessions, batches and snapshots
//! in use, and requests in memory, so that nobody could tell when the last copy is gone.

mod erasure;
mod export;
mod files;
mod mentions;
mod tables;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use air_ids::{EmailAddress, UserUuid};

pub use self::{
    erasure::{Erasure, erase},
    export::{Export, ExportedTable, WITHHELD, export},
    tables::erased_tables,
};
use crate::{
    Data, Error, ReadTx, WriteTx,
    database::{FILE, Source},
    folder_lock::FolderLock,
    sql::{Query, QueryScalar},
    upgrade_copy, users,
};

/// The key of a person.
#[derive(Clone)]
#[non_exhaustive]
pub enum UserKey {
    /// The user's e-mail address, which also finds offers to a person who is not a user yet.
    Email(EmailAddress),
    /// The user's ID.
    Id(UserUuid),
}

/// An error of an export or of an erasure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UserDataError {
    /// The folder has no database.
    #[error("the folder has no platform.sqlite; choose the data folder of a platform")]
    NoDatabase,
    /// A platform in memory leaves no data.
    #[error("a platform in memory leaves no data; choose a data folder or a database")]
    InMemory,
    /// The database can't be opened.
    #[error(transparent)]
    Store(#[from] Error),
    /// The database failed.
    #[error("the database failed; check the free space and the permissions, then try again")]
    Database(#[from] sqlx::Error),
    /// A reader of the database kept SQLite's log in use.
    #[error(
        "the rows were erased, but another program kept the database's log in use; end it, then try again"
    )]
    LogInUse,
    /// A file of the folder can't be read or deleted.
    #[error(
        "failed to search or delete {}; check its permissions, then try again",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

/// A connection to the database of a stopped platform.
struct Opened {
    connection: WriteTx,
    /// `None` for PostgreSQL.
    _lock: Option<FolderLock>,
}

impl Opened {
    /// Opens the database and migrates its tables. A folder is locked meanwhile.
    async fn of(data: &Data) -> Result<Self, UserDataError> {
        let lock = match data {
            Data::Memory => return Err(UserDataError::InMemory),
            Data::Folder(folder) if !folder.join(FILE).is_file() => return Err(UserDataError::NoDatabase),
            Data::Folder(folder) => Some(FolderLock::acquire(folder)?),
            Data::Postgres(_) => None,
        };
        let source = Source::of(data)?;
        let mut connection = source.connect_first().await.map_err(Error::from)?;
        if let Some(file) = source.file() {
            upgrade_copy::make(&mut connection, file).await?;
        }
        connection.migrate().await.map_err(Error::from)?;
        Ok(Self {
            connection,
            _lock: lock,
        })
    }
}

/// A person, as the statements need it. A text is empty if it is unknown: it then matches no row.
struct Person {
    user_uuid: String,
    email: String,
}

impl Person {
    async fn find(tx: &mut ReadTx, key: &UserKey) -> sqlx::Result<Self> {
        let found = match key {
            UserKey::Email(email) => users::find_by_email(tx, email).await?,
            UserKey::Id(user_uuid) => users::find(tx, user_uuid).await?,
        };
        let user_uuid = found.as_ref().map(|user| user.user_uuid.as_str());
        let email = found.as_ref().map(|user| user.email.as_str());
        Ok(match key {
            UserKey::Email(given) => Self {
                user_uuid: user_uuid.unwrap_or_default().to_owned(),
                email: given.as_str().to_owned(),
            },
            UserKey::Id(given) => Self {
                user_uuid: given.as_str().to_owned(),
                email: email.unwrap_or_default().to_owned(),
            },
        })
    }

    /// Binds the values of [`tables::WITH`].
    fn bind<'q>(&'q self, query: Query<'q>) -> Query<'q> {
        query.bind(&self.user_uuid).bind(&self.email)
    }

    /// As [`bind`](Self::bind), for a query of texts.
    fn bind_texts<'q>(&'q self, query: QueryScalar<'q, String>) -> QueryScalar<'q, String> {
        query.bind(&self.user_uuid).bind(&self.email)
    }
}

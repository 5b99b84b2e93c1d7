//! The store: SQLite, a module for each subject, a savepoint for each change (see `writer`).

pub(crate) mod callbacks;
pub(crate) mod catalogue;
pub(crate) mod clock;
pub(crate) mod credentials;
pub(crate) mod events;
pub(crate) mod idempotency;
pub(crate) mod ledger;
pub(crate) mod objects;
pub(crate) mod partners;
pub(crate) mod programs;
pub(crate) mod schema_index;
pub(crate) mod snapshots;
pub(crate) mod status_lists;
pub(crate) mod users;
pub(crate) mod verifications;
mod writer;

use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::writer::{Turn, Writer};
use crate::{Data, Error};

/// Connections for those who only read.
const READERS: u32 = 8;

/// The one owner of the database.
#[derive(Clone)]
pub(crate) struct Store {
    writer: Writer,
    /// A database in memory is in one connection: there is nothing beside the writer.
    readers: Option<SqlitePool>,
    snapshots: snapshots::Folder,
}

/// One consistent state of the database. What is changed in it counts once it is committed; if it is dropped, nothing was.
pub(crate) struct Change(Inner);

enum Inner {
    Turn(Turn),
    Snapshot(Transaction<'static, Sqlite>),
}

impl Store {
    pub(crate) async fn open(data: &Data) -> Result<Self, Error> {
        let options = match data {
            Data::Memory => SqliteConnectOptions::new().in_memory(true),
            Data::Folder(path) => {
                let unusable = |source| Error::DataFolder {
                    path: path.clone(),
                    source,
                };
                let database = path.join("platform.sqlite");
                std::fs::create_dir_all(path).map_err(unusable)?;
                create_private(&database).map_err(unusable)?;
                on_disk(&database)
            }
        };
        let options = options.foreign_keys(true);
        let mut connection = options.connect().await.map_err(Error::Store)?;
        sqlx::migrate!("./migrations")
            .run(&mut connection)
            .await
            .map_err(|error| Error::Store(error.into()))?;
        let readers = match data {
            Data::Memory => None,
            Data::Folder(_) => Some(
                SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .connect_lazy_with(options),
            ),
        };
        let snapshots = snapshots::Folder::of(data)?;
        Ok(Self {
            writer: Writer::new(connection),
            readers,
            snapshots,
        })
    }

    /// A change that may write.
    pub(crate) async fn change(&self) -> sqlx::Result<Change> {
        self.writer.turn().await.map(Inner::Turn).map(Change)
    }

    /// A state that is only read.
    pub(crate) async fn read(&self) -> sqlx::Result<Change> {
        match &self.readers {
            None => self.change().await,
            Some(readers) => readers.begin().await.map(Inner::Snapshot).map(Change),
        }
    }

    pub(crate) async fn close(&self) {
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        self.writer.close().await;
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Change {
    /// When this returns, it is on disk.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self.0 {
            Inner::Turn(turn) => turn.commit().await,
            Inner::Snapshot(transaction) => transaction.commit().await,
        }
    }
}

impl Deref for Change {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match &self.0 {
            Inner::Turn(turn) => turn,
            Inner::Snapshot(transaction) => transaction,
        }
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match &mut self.0 {
            Inner::Turn(turn) => turn,
            Inner::Snapshot(transaction) => transaction,
        }
    }
}

/// The database holds credentials and issuers' keys, so it is its owner's alone; SQLite gives its side files the same mode.
fn create_private(path: &std::path::Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// `synchronous = FULL`: what was acknowledged survives a loss of power.
fn on_disk(path: &std::path::Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
}

/// Seconds since 1970 as the database has them.
pub(crate) fn to_db(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

pub(crate) fn from_db(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0)
}

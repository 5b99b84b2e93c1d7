//! The store: SQLite, a module for each subject, a transaction for each change.

pub(crate) mod credentials;
pub(crate) mod ledger;
pub(crate) mod objects;
pub(crate) mod partners;
pub(crate) mod programs;
pub(crate) mod schema_index;
pub(crate) mod users;
pub(crate) mod verifications;

use std::time::Duration;

use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Data, Error};

pub(crate) type Change = Transaction<'static, Sqlite>;

/// The one owner of the database.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: SqlitePool,
}

impl Store {
    pub(crate) async fn open(data: &Data) -> Result<Self, Error> {
        let pool = match data {
            Data::Memory => memory_pool().await,
            Data::Folder(path) => {
                let unusable = |source| Error::DataFolder {
                    path: path.clone(),
                    source,
                };
                let database = path.join("platform.sqlite");
                std::fs::create_dir_all(path).map_err(unusable)?;
                create_private(&database).map_err(unusable)?;
                file_pool(&database).await
            }
        }
        .map_err(Error::Store)?;
        sqlx::migrate!("./migrations")
            .run(&pool)
            .await
            .map_err(|error| Error::Store(error.into()))?;
        Ok(Self { pool })
    }

    /// A transaction that may write. It takes the write lock at once, so it can't fail half-way for want of it.
    pub(crate) async fn change(&self) -> sqlx::Result<Change> {
        self.pool.begin_with("BEGIN IMMEDIATE").await
    }

    /// A transaction that reads one consistent state.
    pub(crate) async fn read(&self) -> sqlx::Result<Change> {
        self.pool.begin().await
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// One connection, kept open: the database lives as long as it does.
async fn memory_pool() -> sqlx::Result<SqlitePool> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(SqliteConnectOptions::new().in_memory(true).foreign_keys(true))
        .await
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
async fn file_pool(path: &std::path::Path) -> sqlx::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10));
    SqlitePoolOptions::new()
        .max_connections(8)
        .connect_with(options)
        .await
}

/// Seconds since 1970 as the database has them.
pub(crate) fn to_db(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

pub(crate) fn from_db(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0)
}

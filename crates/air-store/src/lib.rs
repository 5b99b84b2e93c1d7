#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(missing_debug_implementations, reason = "some rows hold secrets")]

pub mod authorization_requests;
pub mod caks;
pub mod callbacks;
pub mod catalogue;
pub mod chain;
mod checkpoints;
pub mod clock;
pub mod credential_offers;
pub mod credentials;
pub mod dashboard;
mod data;
mod database;
mod database_url;
pub mod deferred_issuances;
mod error;
pub mod events;
mod expiring;
pub mod folder_backup;
mod folder_lock;
pub mod holder;
pub mod holder_keys;
pub mod idempotency;
pub mod issuer_backends;
mod leadership;
pub mod ledger;
pub mod logos;
pub mod notice_outbox;
pub mod objects;
mod order;
pub mod packages;
pub mod partners;
#[cfg(feature = "postgres")]
#[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
pub mod postgres_backup;
pub mod prechecks;
pub mod predicate_credentials;
pub mod predicate_keys;
pub mod predicate_requests;
pub mod predicate_schemes;
pub mod presentation_requests;
pub mod presentations;
pub mod private_files;
pub mod programs;
pub mod proof_keys;
pub mod quotas;
pub mod refresh_tokens;
pub mod schema_index;
pub mod sealed_credentials;
pub mod secrets;
pub mod seeds;
pub mod single_use;
pub mod snapshots;
pub mod sql;
pub mod status_lists;
mod upgrade_copy;
pub mod user_data;
pub mod users;
pub mod verifications;
mod wal;
mod wal_sync;
pub mod wallet_exports;
pub mod wallet_prechecks;
pub mod wallets;
mod writer;

use std::{
    fmt, io,
    ops::{Deref, DerefMut},
};

use sqlx::migrate::MigrateError;
use tracing::{Instrument, Span};

pub use self::{
    data::Data,
    database_url::DatabaseUrl,
    error::Error,
    leadership::Leadership,
    sql::{ReadTx, WriteTx},
    writer::WriterGuard,
};
use self::{
    database::{Readers, Source},
    folder_lock::FolderLock,
    wal_sync::WalSync,
    writer::Writer,
};

/// The owner of the database.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    readers: Readers,
    wal_sync: WalSync,
    snapshots: snapshots::Folder,
    /// `None` without a data folder.
    lock: Option<FolderLock>,
}

/// A consistent snapshot of the database, for reading.
pub struct ReadGuard(State);

enum State {
    /// The writer's connection: a database in memory has only one connection.
    Writer(WriterGuard),
    Snapshot(ReadTx),
}

impl Store {
    /// Opens the database and migrates its tables. A folder is locked until the store is closed.
    pub async fn open(data: &Data) -> Result<Self, Error> {
        let lock = match data {
            Data::Folder(folder) => Some(FolderLock::acquire(folder)?),
            Data::Memory | Data::Postgres(_) => None,
        };
        let source = Source::of(data)?;
        let mut store = Self::open_from(source, snapshots::Folder::of(data)?).await?;
        store.lock = lock;
        Ok(store)
    }

    async fn open_from(source: Source, snapshots: snapshots::Folder) -> Result<Self, Error> {
        let mut connection = source.connect_first().await?;
        if let Some(file) = source.file() {
            upgrade_copy::make(&mut connection, file).await?;
        }
        connection.migrate().await?;
        let (wal_sync, readers) = (source.wal_sync()?, source.readers());
        let writer = Writer::new(connection, source, wal_sync.clone(), readers.clone());
        if let Readers::Sqlite(readers) = &readers {
            tokio::spawn(checkpoints::make(
                readers.clone(),
                wal_sync.watch(),
                writer.downgrade(),
            ));
        }
        Ok(Self {
            writer,
            readers,
            wal_sync,
            snapshots,
            lock: None,
        })
    }

    /// Sets a callback that runs after each recovery from a failed sync, before any other read or
    /// write. Its argument is the clock's offset. A transaction whose commit failed before the
    /// recovery may have been committed.
    pub fn on_recovery(&self, recovered: impl Fn(u64) + Send + Sync + 'static) {
        self.writer.on_recovery(Box::new(recovered));
    }

    /// Begins a transaction that may write. Its changes take effect when it is committed. If it is
    /// dropped, it is rolled back.
    pub async fn write(&self) -> sqlx::Result<WriterGuard> {
        let span = within(|| tracing::info_span!("store.acquire"));
        self.writer.acquire().instrument(span).await
    }

    /// Returns the number of transactions that wait for the writer.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.writer.waiting()
    }

    /// Checks whether other processes may change the database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.readers, Readers::Postgres(_))
    }

    /// Returns a snapshot for reading. All of its data is on disk.
    pub async fn read(&self) -> sqlx::Result<ReadGuard> {
        if self.wal_sync.check().is_err() {
            self.writer.recover().await?;
        }
        match self.readers.snapshot().await {
            // During a recovery, the readers are closed.
            Err(error) => Err(self.wal_sync.check().err().unwrap_or(error)),
            Ok(None) => Ok(ReadGuard(State::Writer(self.write().await?))),
            Ok(Some(snapshot)) => {
                self.wal_sync.settled().await?;
                Ok(ReadGuard(State::Snapshot(snapshot)))
            }
        }
    }

    /// Closes the connections and releases the folder.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Deref for ReadGuard {
    type Target = ReadTx;

    fn deref(&self) -> &ReadTx {
        match &self.0 {
            State::Writer(guard) => guard,
            State::Snapshot(snapshot) => snapshot,
        }
    }
}

impl DerefMut for ReadGuard {
    fn deref_mut(&mut self) -> &mut ReadTx {
        match &mut self.0 {
            State::Writer(guard) => guard,
            State::Snapshot(snapshot) => snapshot,
        }
    }
}

/// Returns the span of a step if a span is active. Background polling therefore creates no traces.
pub fn within(step: impl FnOnce() -> Span) -> Span {
    if Span::current().is_none() {
        Span::none()
    } else {
        step()
    }
}

/// Checks whether the database's disk is full.
#[must_use]
pub fn is_full(error: &sqlx::Error) -> bool {
    match error {
        // SQLite: SQLITE_FULL, SQLITE_IOERR_WRITE for a quota or a limit of file sizes, and
        // SQLITE_IOERR_SHMSIZE for the log's index. PostgreSQL: disk_full.
        sqlx::Error::Database(error) => {
            let code = error.code();
            code.is_some_and(|code| ["13", "778", "4874", "53100"].contains(&&*code))
        }
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        ),
        sqlx::Error::Migrate(error) => match &**error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => is_full(error),
            _ => false,
        },
        _ => false,
    }
}

/// Returns the error of a transaction whose sync failed.
#[must_use]
pub fn unsynced() -> sqlx::Error {
    wal_sync::unsynced()
}

/// Checks whether a sync failed. It is then unknown whether the transaction was committed.
#[must_use]
pub fn is_unsynced(error: &sqlx::Error) -> bool {
    wal_sync::is_unsynced(error)
}

/// Checks whether another program holds a lock on SQLite's file (`SQLITE_BUSY`), so that nothing was done.
#[must_use]
pub fn is_locked(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY, also during a recovery, for a snapshot and after a timeout (sqlite.org/rescode.html).
    let is_busy = |code: &str| ["5", "261", "517", "773"].contains(&code);
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref().is_some_and(is_busy))
}

/// Checks whether the database server is unreachable now: it does not respond, is starting or
/// stopping, or has no free connection.
#[must_use]
pub fn is_unreachable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut => true,
        // `SQLSTATE` of PostgreSQL: admin_shutdown, cannot_connect_now, too_many_connections.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|state| ["57P01", "57P03", "53300"].contains(&&*state)),
        _ => false,
    }
}

/// Copies the error of a commit for one of the callers that waited for it.
#[must_use]
pub fn commit_error(error: &sqlx::Error) -> sqlx::Error {
    match error {
        _ if is_full(error) => io::Error::from(io::ErrorKind::StorageFull).into(),
        _ if is_unsynced(error) => wal_sync::unsynced(),
        sqlx::Error::Protocol(reason) => sqlx::Error::Protocol(reason.clone()),
        _ => sqlx::Error::Protocol(format!("the commit failed: {error}")),
    }
}

#[cfg(test)]
mod plans;
#[cfg(test)]
mod tests;

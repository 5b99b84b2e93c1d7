//! Opens the database: SQLite in memory or in a file, or PostgreSQL by its URL.

use std::{
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    sql::{self, Driver, ReadTx, WriteTx, postgres},
    wal::Wal,
    wal_sync::WalSync,
};
use crate::{Data, Error, private_files};

/// The name of the database file in its folder.
pub(super) const FILE: &str = "platform.sqlite";

/// The number of read-only connections.
const READERS: u32 = 8;

/// The sizes of the page caches; a negative value is in KiB. Each reader has its own cache, and all
/// of them fill when much is read between two changes. A reader needs the upper pages of the
/// indices, and the writer also the pages that it changes again.
const WRITER_CACHE: &str = "-8192";
const READER_CACHE: &str = "-2048";

/// The time in which readers must end before the log is read again.
const DRAIN: Duration = Duration::from_secs(5);

/// Begins a snapshot. The snapshot is taken by the first statement that reads, so one follows at once.
const SNAPSHOT: &str = "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1";

/// Begins the transaction that contains all callers' savepoints on SQLite. It locks out other
/// writers and reads the newest state.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Begins the same transaction on PostgreSQL. An advisory lock admits one writer at a time across
/// all processes. Each statement sees everything that was committed before it, whatever the
/// server's default is: a snapshot older than the lock would miss the last writer's changes. The
/// lock's number is "airplatf" in ASCII.
pub(super) const BEGIN_ON_POSTGRES: [&str; 2] = [
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    "SELECT pg_advisory_xact_lock(7019267256901329510)",
];

/// Copies SQLite's log into the database file without waiting for readers or writers
/// (sqlite.org/pragma.html#pragma_wal_checkpoint).
pub(super) const PASSIVE_CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// The parameters of the connection that writes, for the first connection and for reconnections.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Memory(SqliteConnectOptions),
    File { options: SqliteConnectOptions, wal: Wal },
    Postgres(postgres::Options),
}

/// The source of snapshots beside the writer.
#[derive(Clone, Debug)]
pub(super) enum Readers {
    /// The writer itself: a database in memory has only one connection.
    Writer,
    Sqlite(SqliteReaders),
    Postgres(postgres::Pool),
}

/// Read-only connections to one database file. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct SqliteReaders {
    options: Arc<SqliteConnectOptions>,
    pool: Arc<RwLock<SqlitePool>>,
    is_closed: Arc<AtomicBool>,
}

impl SqliteReaders {
    fn new(options: SqliteConnectOptions) -> Self {
        let options = options.pragma("cache_size", READER_CACHE);
        Self {
            pool: Arc::new(RwLock::new(pool(options.clone()))),
            options: Arc::new(options),
            is_closed: Arc::default(),
        }
    }

    /// Returns the current connections. They are closed and replaced when the log has to be read again.
    pub(super) fn pool(&self) -> SqlitePool {
        self.pool.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks whether the readers are closed for good.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    fn reopen(&self) {
        *self.pool.write().unwrap_or_else(PoisonError::into_inner) = pool((*self.options).clone());
    }
}

fn pool(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_lazy_with(options)
}

impl Source {
    pub(super) fn of(data: &Data) -> Result<Self, Error> {
        Ok(match data {
            Data::Memory => Self::Memory(SqliteConnectOptions::new().in_memory(true).foreign_keys(true)),
            Data::Folder(path) => Self::File {
                options: in_folder(path)?.foreign_keys(true),
                wal: Wal::of(&path.join(FILE)),
            },
            Data::Postgres(url) => Self::Postgres(url.options()?),
        })
    }

    /// Opens the connection that writes.
    pub(super) async fn connect(&self) -> sqlx::Result<WriteTx> {
        Ok(WriteTx::new(match self {
            Self::Memory(options) | Self::File { options, .. } => Driver::Sqlite(options.connect().await?),
            Self::Postgres(options) => Driver::Postgres(options.connect().await?),
        }))
    }

    /// Returns the database file of a folder.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File { options, .. } => Some(options.get_filename()),
            Self::Memory(_) | Self::Postgres(_) => None,
        }
    }

    /// Checks whether a new connection has the same data as the old one.
    pub(super) fn can_reconnect(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Returns the tracker of syncs. A connection must be open: the log exists from the first
    /// connection until the last one is closed.
    pub(super) fn wal_sync(&self) -> Result<WalSync, Error> {
        let Self::File { wal, .. } = self else {
            return Ok(WalSync::of_the_database());
        };
        let sync = wal.open().map_err(|source| Error::DataFolder {
            path: wal.path.clone(),
            source,
        })?;
        Ok(WalSync::of_log(sync))
    }

    /// Opens the first connection. A process that ended early may have left a log, perhaps after a
    /// failed sync. This function makes that log durable before anything depends on it.
    pub(super) async fn connect_first(&self) -> sqlx::Result<WriteTx> {
        let mut connection = self.connect().await?;
        if let Self::File { wal, .. } = self
            && !wal.is_empty()
        {
            self.rewrite_log(&mut connection).await?;
            self.close_beside_log(connection).await?;
            connection = self.connect().await?;
        }
        Ok(connection)
    }

    /// Makes the whole log durable. No connection may write to the log meanwhile.
    pub(super) async fn rewrite_log(&self, connection: &mut WriteTx) -> sqlx::Result<()> {
        let Self::File { wal, .. } = self else {
            return Ok(());
        };
        connection.run(BEGIN).await?;
        let wal = wal.clone();
        let rewritten = tokio::task::spawn_blocking(move || wal.rewrite()).await;
        connection.run("ROLLBACK").await?;
        Ok(rewritten.map_err(|_| sqlx::Error::WorkerCrashed)??)
    }

    /// Closes a connection, which may be the last one, and leaves the log unchanged. SQLite copies
    /// the log into the database file when the last connection is closed, unless that connection is
    /// read-only. The next connection reads the log again and verifies its checksums.
    pub(super) async fn close_beside_log(&self, connection: WriteTx) -> sqlx::Result<()> {
        let Self::File { options, .. } = self else {
            return connection.close().await;
        };
        let reading = SqliteConnectOptions::new()
            .filename(options.get_filename())
            .read_only(true);
        let mut last = WriteTx::new(Driver::Sqlite(reading.connect().await?));
        // This opens the log as well, even if the statement fails.
        let _ = last.run("SELECT 1 FROM sqlite_schema LIMIT 1").await;
        connection.close().await?;
        last.close().await
    }

    pub(super) fn readers(&self) -> Readers {
        match self {
            Self::Memory(_) => Readers::Writer,
            Self::File { options, .. } => Readers::Sqlite(SqliteReaders::new(options.clone())),
            Self::Postgres(options) => Readers::Postgres(options.readers(READERS)),
        }
    }
}

impl WriteTx {
    /// Migrates the tables to the current version.
    pub(super) async fn migrate(&mut self) -> sqlx::Result<()> {
        match self.driver() {
            Driver::Sqlite(connection) => sqlx::migrate!("./migrations/sqlite").run(connection).await?,
            Driver::SqliteSnapshot(_) => {}
            Driver::Postgres(connection) => connection.migrate().await?,
        }
        Ok(())
    }

    /// Queues statements without values and rows. SQLite executes them with the next statement,
    /// PostgreSQL in one round trip.
    pub(super) async fn enqueue_all(&mut self, statements: &[&'static str]) -> sqlx::Result<()> {
        match self.driver() {
            Driver::Sqlite(_) | Driver::SqliteSnapshot(_) => {
                for statement in statements {
                    sql::query(*statement).enqueue(self).await?;
                }
            }
            Driver::Postgres(connection) => connection.execute_all(statements).await?,
        }
        Ok(())
    }

    /// Executes a statement without values and rows.
    pub(super) async fn run(&mut self, statement: &'static str) -> sqlx::Result<()> {
        sql::query(statement).execute(self).await.map(drop)
    }

    /// Closes the connection. This releases a snapshot.
    pub(super) async fn close(self) -> sqlx::Result<()> {
        match self.into_driver() {
            Driver::Sqlite(connection) => connection.close().await,
            Driver::SqliteSnapshot(transaction) => transaction.rollback().await,
            Driver::Postgres(connection) => connection.close().await,
        }
    }
}

impl Readers {
    /// Returns a snapshot of the database, or `None` if the writer's connection has to be used for reading.
    pub(super) async fn snapshot(&self) -> sqlx::Result<Option<ReadTx>> {
        Ok(match self {
            Self::Writer => None,
            Self::Sqlite(readers) => Some(ReadTx::new(Driver::SqliteSnapshot(
                readers.pool().begin_with(SNAPSHOT).await?,
            ))),
            Self::Postgres(pool) => Some(ReadTx::new(Driver::Postgres(pool.snapshot().await?))),
        })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Writer => {}
            Self::Sqlite(readers) => {
                readers.is_closed.store(true, Ordering::SeqCst);
                readers.pool().close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Closes all current connections after their readers have ended.
    pub(super) async fn drain(&self) -> sqlx::Result<()> {
        if let Self::Sqlite(readers) = self {
            let closed = tokio::time::timeout(DRAIN, readers.pool().close()).await;
            closed.map_err(|_| sqlx::Error::PoolTimedOut)?;
        }
        Ok(())
    }

    /// Opens new connections after [`drain`](Self::drain).
    pub(super) fn reopen(&self) {
        if let Self::Sqlite(readers) = self {
            readers.reopen();
        }
    }
}

/// Returns the options of a database file. With `synchronous = NORMAL`, a commit does not wait for
/// the disk. [`WalSync`] does, so that an acknowledged transaction survives a power loss.
fn in_folder(path: &Path) -> Result<SqliteConnectOptions, Error> {
    let unusable = |source| Error::DataFolder {
        path: path.to_owned(),
        source,
    };
    let database = path.join(FILE);
    if database.to_str().is_none() {
        return Err(Error::DataFolderName {
            path: path.to_owned(),
        });
    }
    private_files::create_folder(path).map_err(unusable)?;
    // The file contains credentials and issuers' keys. SQLite gives new side files the same mode,
    // but copied side files may have another.
    private_files::open(&database).map_err(unusable)?;
    for side in ["-wal", "-shm", "-journal"] {
        private_files::close_to_others(&path.join(format!("{FILE}{side}"))).map_err(unusable)?;
    }
    Ok(SqliteConnectOptions::new()
        .filename(database)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(10))
        // Rollback data of savepoints stays in memory, not in a file beside the database.
        .pragma("temp_store", "MEMORY")
        // The `checkpoints` module does this, so that writers need not wait for it.
        .pragma("wal_autocheckpoint", "0")
        // The log's file is truncated to this size when the log restarts. It is larger only under load.
        .pragma("journal_size_limit", "67108864")
        .pragma("cache_size", WRITER_CACHE))
}

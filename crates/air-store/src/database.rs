//! Opening the database: SQLite in memory or in a file, or PostgreSQL by its URL.

use std::{
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    sql::{self, Driver, ReadTx, WriteTx},
    wal::Wal,
    wal_sync::WalSync,
};
use crate::{Data, Error, private_files};

/// The database in its folder.
const FILE: &str = "platform.sqlite";

/// Connections for those who only read.
const READERS: u32 = 8;

/// How long readers may take to end before the log is read again.
const DRAIN: Duration = Duration::from_secs(5);

/// For how long a process waits for another to write, and may keep the others waiting, before PostgreSQL ends it.
const PATIENCE: &str = "30s";

/// The connection that writes finds its rows by an index, however many rows there are: PostgreSQL plans each statement once, not
/// each time by how many there are just now, and never for a table that is still small. Nor does it compile one that it takes for costly.
const FIXED_PLANS: [(&str, &str); 3] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
];

/// The state of the database is that of the first statement which reads, so one follows at once.
const SNAPSHOT: &str = "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1";

/// Begins the transaction that holds the savepoints of all callers, on SQLite. From there on nobody else writes, and what is read is the newest.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// And on PostgreSQL: one writes at a time, whichever process it is in. Each statement sees what was committed before it, whatever the
/// server's default is: a snapshot that is older than the lock would miss what the last writer did. The number is ours: "airplatf" in ASCII.
pub(super) const BEGIN_ON_POSTGRES: [&str; 2] = [
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    "SELECT pg_advisory_xact_lock(7019267256901329510)",
];

/// Writes SQLite's log into the database file, and waits for nobody (sqlite.org/pragma.html#pragma_wal_checkpoint).
pub(super) const PASSIVE_CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// How the connection that writes is made, once and again.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Memory(SqliteConnectOptions),
    File { options: SqliteConnectOptions, wal: Wal },
    Postgres(PgConnectOptions),
}

/// Where states are read beside the writer.
#[derive(Clone, Debug)]
pub(super) enum Readers {
    /// A database in memory is in one connection: there is nothing beside the writer.
    Writer,
    Sqlite(SqliteReaders),
    Postgres(PgPool),
}

/// Connections to one database in a file. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct SqliteReaders {
    options: Arc<SqliteConnectOptions>,
    pool: Arc<RwLock<SqlitePool>>,
    is_closed: Arc<AtomicBool>,
}

impl SqliteReaders {
    fn new(options: SqliteConnectOptions) -> Self {
        Self {
            pool: Arc::new(RwLock::new(pool(options.clone()))),
            options: Arc::new(options),
            is_closed: Arc::default(),
        }
    }

    /// The connections of now. They are closed when the log has to be read again, and others take their place.
    pub(super) fn pool(&self) -> SqlitePool {
        self.pool.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there will be no others.
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
            Data::Postgres(url) => Self::Postgres(url.options()?.application_name("air sandbox").options([
                ("lock_timeout", PATIENCE),
                ("idle_in_transaction_session_timeout", PATIENCE),
            ])),
        })
    }

    /// The connection that writes.
    pub(super) async fn connect(&self) -> sqlx::Result<WriteTx> {
        Ok(WriteTx::new(match self {
            Self::Memory(options) | Self::File { options, .. } => Driver::Sqlite(options.connect().await?),
            Self::Postgres(options) => {
                Driver::Postgres(options.clone().options(FIXED_PLANS).connect().await?)
            }
        }))
    }

    /// Whether a new connection finds what the old one had.
    pub(super) fn can_reconnect(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// What says when a commit is on disk, once a connection is open: the log is there with the first one, and stays until the last.
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

    /// The first connection. What the log has was left by a process that ended early, perhaps after a failed sync: it is made durable
    /// before anything is built on it.
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

    /// Makes all that the log has durable, while nobody writes to it.
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

    /// Closes a connection, perhaps the last one, and leaves the log as it is: SQLite empties it into the database file when the last
    /// connection is closed, unless that one only reads. The next connection reads the log again, and checks it by its checksums.
    pub(super) async fn close_beside_log(&self, connection: WriteTx) -> sqlx::Result<()> {
        let Self::File { options, .. } = self else {
            return connection.close().await;
        };
        let reading = SqliteConnectOptions::new()
            .filename(options.get_filename())
            .read_only(true);
        let mut last = WriteTx::new(Driver::Sqlite(reading.connect().await?));
        // Opens the log, too, whether or not it can be read.
        let _ = last.run("SELECT 1 FROM sqlite_schema LIMIT 1").await;
        connection.close().await?;
        last.close().await
    }

    pub(super) fn readers(&self) -> Readers {
        match self {
            Self::Memory(_) => Readers::Writer,
            Self::File { options, .. } => Readers::Sqlite(SqliteReaders::new(options.clone())),
            Self::Postgres(options) => Readers::Postgres(
                PgPoolOptions::new()
                    .max_connections(READERS)
                    .connect_lazy_with(options.clone()),
            ),
        }
    }
}

impl WriteTx {
    /// Brings the tables up to date.
    pub(super) async fn migrate(&mut self) -> sqlx::Result<()> {
        match self.driver() {
            Driver::Sqlite(connection) => sqlx::migrate!("./migrations/sqlite").run(connection).await?,
            Driver::Postgres(connection) => sqlx::migrate!("./migrations/postgres").run(connection).await?,
            Driver::SqliteSnapshot(_) | Driver::PostgresSnapshot(_) => {}
        }
        Ok(())
    }

    /// Statements without values and rows that come before another: on SQLite they go with it, on PostgreSQL they are one round trip.
    pub(super) async fn enqueue_all(&mut self, statements: &[&'static str]) -> sqlx::Result<()> {
        match self.driver() {
            Driver::Sqlite(_) | Driver::SqliteSnapshot(_) => {
                for statement in statements {
                    sql::query(*statement).enqueue(self).await?;
                }
            }
            Driver::Postgres(connection) => {
                let all = sqlx::AssertSqlSafe(statements.join("; "));
                sqlx::raw_sql(all).execute(connection).await?;
            }
            Driver::PostgresSnapshot(_) => return Err(sqlx::Error::BeginFailed),
        }
        Ok(())
    }

    /// A statement without values and rows.
    pub(super) async fn run(&mut self, statement: &'static str) -> sqlx::Result<()> {
        sql::query(statement).execute(self).await.map(drop)
    }

    /// Ends it: what a snapshot read is let go.
    pub(super) async fn close(self) -> sqlx::Result<()> {
        match self.into_driver() {
            Driver::Sqlite(connection) => connection.close().await,
            Driver::Postgres(connection) => connection.close().await,
            Driver::SqliteSnapshot(transaction) => transaction.rollback().await,
            Driver::PostgresSnapshot(transaction) => transaction.rollback().await,
        }
    }
}

impl Readers {
    /// One state of the database; none where it is read through the writer.
    pub(super) async fn snapshot(&self) -> sqlx::Result<Option<ReadTx>> {
        Ok(match self {
            Self::Writer => None,
            Self::Sqlite(readers) => Some(ReadTx::new(Driver::SqliteSnapshot(
                readers.pool().begin_with(SNAPSHOT).await?,
            ))),
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Some(ReadTx::new(Driver::PostgresSnapshot(
                    pool.begin_with(begin).await?,
                )))
            }
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

    /// Closes all connections of now. Who reads at the moment ends first.
    pub(super) async fn drain(&self) -> sqlx::Result<()> {
        if let Self::Sqlite(readers) = self {
            let closed = tokio::time::timeout(DRAIN, readers.pool().close()).await;
            closed.map_err(|_| sqlx::Error::PoolTimedOut)?;
        }
        Ok(())
    }

    /// After [`drain`](Self::drain): others take their place.
    pub(super) fn reopen(&self) {
        if let Self::Sqlite(readers) = self {
            readers.reopen();
        }
    }
}

/// `synchronous = NORMAL`: a commit does not wait for the disk. [`WalSync`] does, so that what was acknowledged survives a loss of power.
fn in_folder(path: &Path) -> Result<SqliteConnectOptions, Error> {
    let unusable = |source| Error::DataFolder {
        path: path.to_owned(),
        source,
    };
    let database = path.join(FILE);
    private_files::create_folder(path).map_err(unusable)?;
    // It holds credentials and issuers' keys. SQLite gives the side files that it makes the same mode; a copy may have brought others.
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
        // What a savepoint may undo is kept in memory, not in a file beside the database.
        .pragma("temp_store", "MEMORY")
        // Somebody else does that (`checkpoints`): who writes need not wait for it.
        .pragma("wal_autocheckpoint", "0")
        // The log's file is truncated to this size when the log restarts. It grows beyond it only under load.
        .pragma("journal_size_limit", "67108864")
        // In KiB, where it is negative.
        .pragma("cache_size", "-8192"))
}

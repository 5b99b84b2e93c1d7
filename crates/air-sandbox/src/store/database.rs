//! Opening the database: SQLite in memory or in a file, or PostgreSQL by its URL.

use std::{path::Path, time::Duration};

use sqlx::{
    ConnectOptions, Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    disk::Disk,
    sql::{self, Connection, Driver},
};
use crate::{Data, Error, private};

/// The database in its folder.
const FILE: &str = "platform.sqlite";

/// Connections for those who only read.
const READERS: u32 = 8;

/// For how long a process waits for another to write, and may keep the others waiting, before PostgreSQL ends it.
const PATIENCE: &str = "30s";

/// What the connection that writes does in its turns it looks up by an index, however many rows there are: PostgreSQL plans each statement once, not
/// each time by how many there are just now, and never for a table that is still small. Nor does it compile one that it takes for costly.
const FIXED_PLANS: [(&str, &str); 3] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
];

/// The state of the database is that of the first statement which reads, so one follows at once.
const SNAPSHOT: &str = "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1";

/// Begins the transaction in which changes take their turns, on SQLite. From there on nobody else writes, and what is read is the newest.
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
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// Where states are read beside the writer.
#[derive(Clone, Debug)]
pub(super) enum Readers {
    /// A database in memory is in one connection: there is nothing beside the writer.
    Writer,
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Source {
    pub(super) fn of(data: &Data) -> Result<Self, Error> {
        Ok(match data {
            Data::Memory => Self::Sqlite(SqliteConnectOptions::new().in_memory(true).foreign_keys(true)),
            Data::Folder(path) => Self::Sqlite(in_folder(path)?.foreign_keys(true)),
            Data::Postgres(url) => Self::Postgres(url.options()?.application_name("air sandbox").options([
                ("lock_timeout", PATIENCE),
                ("idle_in_transaction_session_timeout", PATIENCE),
            ])),
        })
    }

    /// The connection that writes.
    pub(super) async fn connect(&self) -> sqlx::Result<Connection> {
        Ok(Connection::new(match self {
            Self::Sqlite(options) => Driver::Sqlite(options.connect().await?),
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
    pub(super) fn disk(data: &Data) -> Result<Disk, Error> {
        let Data::Folder(path) = data else {
            return Ok(Disk::of_the_database());
        };
        let path = path.join(format!("{FILE}-wal"));
        // Windows syncs only what it may write to.
        let log = std::fs::OpenOptions::new().append(true).open(&path);
        let log = log.map_err(|source| Error::DataFolder { path, source })?;
        Ok(Disk::of_log(move || log.sync_data()))
    }

    pub(super) fn readers(&self, data: &Data) -> Readers {
        match self {
            Self::Sqlite(_) if *data == Data::Memory => Readers::Writer,
            Self::Sqlite(options) => Readers::Sqlite(
                SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .connect_lazy_with(options.clone()),
            ),
            Self::Postgres(options) => Readers::Postgres(
                PgPoolOptions::new()
                    .max_connections(READERS)
                    .connect_lazy_with(options.clone()),
            ),
        }
    }
}

impl Connection {
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
    pub(super) async fn set_out(&mut self, statements: &[&'static str]) -> sqlx::Result<()> {
        match self.driver() {
            Driver::Sqlite(_) | Driver::SqliteSnapshot(_) => {
                for statement in statements {
                    sql::query(*statement).defer(self).await?;
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
    pub(super) async fn snapshot(&self) -> sqlx::Result<Option<Connection>> {
        Ok(match self {
            Self::Writer => None,
            Self::Sqlite(pool) => Some(Connection::new(Driver::SqliteSnapshot(
                pool.begin_with(SNAPSHOT).await?,
            ))),
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Some(Connection::new(Driver::PostgresSnapshot(
                    pool.begin_with(begin).await?,
                )))
            }
        })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Writer => {}
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// `synchronous = NORMAL`: a commit does not wait for the disk. [`Disk`] does, so that what was acknowledged survives a loss of power.
fn in_folder(path: &Path) -> Result<SqliteConnectOptions, Error> {
    let unusable = |source| Error::DataFolder {
        path: path.to_owned(),
        source,
    };
    let database = path.join(FILE);
    private::create_folder(path).map_err(unusable)?;
    // It holds credentials and issuers' keys. SQLite gives the side files that it makes the same mode; a copy may have brought others.
    private::open(&database).map_err(unusable)?;
    for side in ["-wal", "-shm", "-journal"] {
        private::close_to_others(&path.join(format!("{FILE}{side}"))).map_err(unusable)?;
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
        // The log's file is cut to this when it begins anew: it is longer only while there is much to write.
        .pragma("journal_size_limit", "67108864")
        // In KiB, where it is negative.
        .pragma("cache_size", "-8192"))
}

//! PostgreSQL: connections, snapshots and rows. Builds without the feature `postgres` have
//! `no_postgres.rs` instead.

mod batch;
mod lock;
mod parameters;

use std::sync::Arc;

use sqlx::{
    ConnectOptions, Connection as _, FromRow, PgConnection, PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};

pub(crate) use self::{batch::Batch, lock::Lock, parameters::Parameters};
use super::{Read, pipeline::PendingStatements};

/// The time that a transaction may wait for another process's lock, and the time that it may be
/// idle while it blocks others. After it, PostgreSQL aborts the transaction.
const LOCK_TIMEOUT: &str = "30s";

/// Makes the connection that writes find its rows by an index, independent of their number.
/// PostgreSQL plans each statement once, instead of each time by the current table size, which is
/// wrong for a table that is still small. It compiles no statement either (JIT).
const FIXED_PLANS: [(&str, &str); 3] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
];

/// A backup and a restore take their time, and their text does not depend on the role's settings.
const ALONE: [(&str, &str); 3] = [
    ("statement_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("bytea_output", "hex"),
];

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/postgres");

/// A type that can be read from a row.
pub trait FromPostgres: for<'r> FromRow<'r, PgRow> {}

impl<T: for<'r> FromRow<'r, PgRow>> FromPostgres for T {}

/// The parameters of connections to a database.
#[derive(Clone, Debug)]
pub(crate) struct Options(PgConnectOptions);

/// Connections for reading.
#[derive(Clone, Debug)]
pub(crate) struct Pool(PgPool);

/// A connection, or a snapshot of the database.
pub(crate) enum Connection {
    Writer(PgConnection),
    Snapshot(Transaction<'static, Postgres>),
}

/// A row. Queries that are sent together share one.
pub(crate) struct Row(Arc<PgRow>);

impl Options {
    fn new(options: PgConnectOptions) -> Self {
        Self(options.application_name("air sandbox").options([
            ("lock_timeout", LOCK_TIMEOUT),
            ("idle_in_transaction_session_timeout", LOCK_TIMEOUT),
        ]))
    }

    /// Opens a connection that writes.
    pub(crate) async fn connect(&self) -> sqlx::Result<Connection> {
        let options = self.0.clone().options(FIXED_PLANS);
        options.connect().await.map(Connection::Writer)
    }

    /// Opens a connection for a backup or a restore.
    pub(crate) async fn connect_alone(&self) -> sqlx::Result<PgConnection> {
        self.0.clone().options(ALONE).connect().await
    }

    pub(crate) fn readers(&self, most: u32) -> Pool {
        let pool = PgPoolOptions::new().max_connections(most);
        Pool(pool.connect_lazy_with(self.0.clone()))
    }
}

impl Pool {
    pub(crate) async fn snapshot(&self) -> sqlx::Result<Connection> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.0.begin_with(begin).await.map(Connection::Snapshot)
    }

    pub(crate) fn lock(&self) -> Lock {
        Lock::new((*self.0.connect_options()).clone())
    }

    pub(crate) async fn close(&self) {
        self.0.close().await;
    }
}

impl Connection {
    pub(super) fn batch<'a>(&'a mut self, pending: &'a mut PendingStatements) -> Batch<'a> {
        let connection = self.driver();
        Batch { connection, pending }
    }

    /// Migrates the tables to the current version.
    pub(crate) async fn migrate(&mut self) -> sqlx::Result<()> {
        Ok(MIGRATIONS.run(self.driver()).await?)
    }

    /// Executes statements without values and rows in one round trip.
    pub(crate) async fn execute_all(&mut self, statements: &[&'static str]) -> sqlx::Result<()> {
        let all = sqlx::AssertSqlSafe(statements.join("; "));
        sqlx::raw_sql(all).execute(self.driver()).await.map(drop)
    }

    /// Closes the connection. This releases a snapshot.
    pub(crate) async fn close(self) -> sqlx::Result<()> {
        match self {
            Self::Writer(connection) => connection.close().await,
            Self::Snapshot(transaction) => transaction.rollback().await,
        }
    }

    fn driver(&mut self) -> &mut PgConnection {
        match self {
            Self::Writer(connection) => connection,
            Self::Snapshot(transaction) => transaction,
        }
    }
}

impl Row {
    pub(crate) fn read<T: Read>(&self) -> sqlx::Result<T> {
        T::from_row(&*self.0)
    }
}

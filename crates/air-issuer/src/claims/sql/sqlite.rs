//! SQLite. A value has the type that SQLite stores, and a column that is declared as BOOLEAN has true or false.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use serde_json::{Map, Number, Value};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Executor, Row, SqlSafeStr, SqlitePool, Statement, TypeInfo,
    ValueRef,
    pool::PoolConnection,
    sqlite::{Sqlite, SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
};
use tokio::sync::OnceCell;

use super::{CONNECTIONS, failed};
use crate::claims::{ClaimError, response::malformed};

/// The number of SQLite's instructions between two checks of the time limit.
const INSTRUCTIONS: i32 = 10_000;

pub(super) struct Source {
    options: SqliteConnectOptions,
    statement: String,
    pub(super) connections: NonZeroU32,
    pool: OnceCell<SqlitePool>,
}

impl Source {
    pub(super) fn new(url: &str, query: &str) -> Option<Self> {
        let options: SqliteConnectOptions = url.parse().ok()?;
        Some(Self {
            options: options
                .read_only(true)
                .create_if_missing(false)
                .disable_statement_logging(),
            // A comment at the end of the query ends with its line. Two rows are enough to refuse several.
            statement: format!("SELECT * FROM (\n{query}\n) AS air_row LIMIT 2"),
            connections: CONNECTIONS,
            pool: OnceCell::new(),
        })
    }

    /// Returns the rows as JSON, at most two.
    pub(super) async fn rows(&self, user_id: &str, timeout: Duration) -> Result<Vec<String>, ClaimError> {
        let rows = self.select(user_id, timeout).await.map_err(failed)?;
        rows.iter().map(json).collect()
    }

    async fn select(&self, user_id: &str, timeout: Duration) -> sqlx::Result<Vec<SqliteRow>> {
        let mut connection = self.connect(timeout).await?;
        sqlx::query(AssertSqlSafe(self.statement.clone()))
            .bind(user_id)
            .fetch_all(&mut *connection)
            .await
    }

    /// Prepares the query, and returns the names of its columns.
    pub(super) async fn prepare(&self, timeout: Duration) -> sqlx::Result<Vec<String>> {
        let mut connection = self.connect(timeout).await?;
        let statement = AssertSqlSafe(self.statement.clone()).into_sql_str();
        let prepared = connection.prepare(statement).await?;
        let columns = prepared.columns().iter();
        Ok(columns.map(|column| column.name().to_owned()).collect())
    }

    /// Returns a connection whose statements end at the time limit.
    async fn connect(&self, timeout: Duration) -> sqlx::Result<PoolConnection<Sqlite>> {
        let pool = self.pool.get_or_init(|| async { self.open(timeout) }).await;
        let mut connection = pool.acquire().await?;
        let begun = Instant::now();
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(INSTRUCTIONS, move || begun.elapsed() < timeout);
        drop(handle);
        Ok(connection)
    }

    fn open(&self, timeout: Duration) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(self.connections.get())
            .acquire_timeout(timeout)
            .connect_lazy_with(self.options.clone().busy_timeout(timeout))
    }
}

/// Converts a row to JSON. A repeated name is refused here, because an object could not show it.
fn json(row: &SqliteRow) -> Result<String, ClaimError> {
    let mut members = Map::new();
    for column in row.columns() {
        let value = value(row, column.ordinal(), column.type_info().name());
        let value = value.map_err(failed)?;
        let value = value.ok_or_else(|| {
            malformed("a column has binary data or an infinite number; cast it to a text or a number")
        })?;
        if members.insert(column.name().to_owned(), value).is_some() {
            return Err(malformed("two columns have one name; rename one with AS"));
        }
    }
    Ok(Value::Object(members).to_string())
}

fn value(row: &SqliteRow, ordinal: usize, declared: &str) -> sqlx::Result<Option<Value>> {
    let raw = row.try_get_raw(ordinal)?;
    if raw.is_null() {
        return Ok(Some(Value::Null));
    }
    let stored = raw.type_info().name().to_owned();
    drop(raw);
    Ok(match stored.as_str() {
        "INTEGER" => {
            let number: i64 = row.try_get(ordinal)?;
            Some(if declared == "BOOLEAN" {
                Value::from(number != 0)
            } else {
                Value::from(number)
            })
        }
        "REAL" => Number::from_f64(row.try_get(ordinal)?).map(Value::Number),
        "TEXT" => Some(Value::String(row.try_get(ordinal)?)),
        _ => None,
    })
}

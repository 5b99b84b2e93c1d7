//! PostgreSQL. The database converts the row to JSON, so that each of its types has one form: a `numeric` keeps its
//! digits, and a date or a time is a text of ISO 8601.

use std::{num::NonZeroU32, time::Duration};

use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Executor, PgPool, Postgres, SqlSafeStr, Statement, Transaction,
    Type,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::OnceCell;

use super::{CONNECTIONS, failed};
use crate::{claims::ClaimError, text::is_storable};

/// The maximum of `statement_timeout`, in milliseconds.
const LONGEST_TIMEOUT: u128 = 2_147_483_647;

pub(super) struct Source {
    options: PgConnectOptions,
    /// Selects each row as JSON.
    statement: String,
    /// Selects the columns.
    selection: String,
    pub(super) connections: NonZeroU32,
    pool: OnceCell<PgPool>,
}

impl Source {
    pub(super) fn new(url: &str, query: &str) -> Option<Self> {
        let options: PgConnectOptions = url.parse().ok()?;
        Some(Self {
            options: options.disable_statement_logging(),
            // A comment at the end of the query ends with its line. Two rows are enough to refuse several.
            statement: format!("SELECT row_to_json(air_row)::text FROM (\n{query}\n) AS air_row LIMIT 2"),
            selection: format!("SELECT * FROM (\n{query}\n) AS air_row LIMIT 2"),
            connections: CONNECTIONS,
            pool: OnceCell::new(),
        })
    }

    /// Returns the rows as JSON, at most two.
    pub(super) async fn rows(&self, user_id: &str, timeout: Duration) -> Result<Vec<String>, ClaimError> {
        if !is_storable(user_id) {
            return Ok(Vec::new());
        }
        self.select(user_id, timeout).await.map_err(failed)
    }

    async fn select(&self, user_id: &str, timeout: Duration) -> sqlx::Result<Vec<String>> {
        let mut transaction = self.begin(timeout).await?;
        let rows = sqlx::query_scalar(AssertSqlSafe(self.statement.clone()))
            .bind(user_id)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.rollback().await?;
        Ok(rows)
    }

    /// Prepares the query with a text as its parameter, and returns the names of its columns.
    pub(super) async fn prepare(&self, timeout: Duration) -> sqlx::Result<Vec<String>> {
        let mut transaction = self.begin(timeout).await?;
        let parameters = [<str as Type<Postgres>>::type_info()];
        let statement = AssertSqlSafe(self.statement.clone()).into_sql_str();
        transaction.prepare_with(statement, &parameters).await?;
        let selection = AssertSqlSafe(self.selection.clone()).into_sql_str();
        let prepared = transaction.prepare_with(selection, &parameters).await?;
        transaction.rollback().await?;
        let columns = prepared.columns().iter();
        Ok(columns.map(|column| column.name().to_owned()).collect())
    }

    async fn begin(&self, timeout: Duration) -> sqlx::Result<Transaction<'static, Postgres>> {
        let pool = self.pool.get_or_init(|| async { self.open(timeout) }).await;
        let mut transaction = pool.begin_with("BEGIN READ ONLY").await?;
        // The settings end with the transaction, so a pooler between this process and the database keeps none.
        let setup = format!(
            "SET LOCAL statement_timeout = {}; SET LOCAL TimeZone = 'UTC'",
            milliseconds(timeout)
        );
        transaction.execute(AssertSqlSafe(setup)).await?;
        Ok(transaction)
    }

    fn open(&self, timeout: Duration) -> PgPool {
        PgPoolOptions::new()
            .max_connections(self.connections.get())
            .acquire_timeout(timeout)
            .connect_lazy_with(self.options.clone())
    }
}

/// The value of `statement_timeout`, of which 0 would be no limit.
fn milliseconds(timeout: Duration) -> u128 {
    timeout.as_millis().clamp(1, LONGEST_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_time_limit_is_not_none() {
        assert_eq!(milliseconds(Duration::from_micros(900)), 1);
        assert_eq!(milliseconds(Duration::from_secs(5)), 5_000);
        assert_eq!(milliseconds(Duration::MAX), LONGEST_TIMEOUT);
    }
}

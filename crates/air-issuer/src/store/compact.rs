//! Overwriting of deleted rows.

use sqlx::Executor;

use super::{Driver, Store, WriteTx};

impl WriteTx {
    /// Lets SQLite overwrite what this connection deletes from now on.
    pub(crate) async fn overwrite_deleted(&mut self) -> sqlx::Result<()> {
        match self.driver {
            Driver::Sqlite => {
                let connection = self.connection();
                connection.execute("PRAGMA secure_delete = ON").await.map(drop)
            }
            #[cfg(feature = "postgres")]
            Driver::Postgres => Ok(()),
        }
    }
}

impl Store {
    /// Writes the database again without deleted rows: on SQLite the whole file, with an empty log, and on PostgreSQL these
    /// tables. Returns false if another program kept SQLite's log in use.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "SQLite writes all tables")
    )]
    pub(crate) async fn compact(&self, tables: &[&'static str]) -> sqlx::Result<bool> {
        match self.driver {
            Driver::Sqlite => {
                sqlx::query("VACUUM").execute(&self.pool).await?;
                let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
                    .fetch_one(&self.pool)
                    .await?;
                Ok(busy == 0)
            }
            #[cfg(feature = "postgres")]
            Driver::Postgres => {
                for table in tables {
                    let vacuum = format!("VACUUM FULL {table}");
                    sqlx::query(sqlx::AssertSqlSafe(vacuum))
                        .execute(&self.pool)
                        .await?;
                }
                Ok(true)
            }
        }
    }
}

//! The tables of the database, as its catalogue has them: so none is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryStreamExt;
use sqlx::PgConnection;

use super::{
    PostgresBackupError,
    rows::{RowSplitter, RowSum},
};

/// Each table with its columns that are not computed, its identity column, and the tables that it references.
const LIST: &str = "SELECT c.relname::TEXT, \
    ARRAY(SELECT attname::TEXT FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped \
        AND attgenerated = '' ORDER BY attnum), \
    (SELECT attname::TEXT FROM pg_attribute WHERE attrelid = c.oid AND attidentity <> '' AND NOT attisdropped LIMIT 1), \
    ARRAY(SELECT DISTINCT r.relname::TEXT FROM pg_constraint JOIN pg_class AS r ON r.oid = confrelid \
        WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> c.oid) \
    FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::REGNAMESPACE \
    AND c.relname <> '_sqlx_migrations' ORDER BY c.relname";

/// A row of the list.
type Row = (String, Vec<String>, Option<String>, Vec<String>);

/// A table of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    identity: Option<String>,
    references: Vec<String>,
}

/// Returns all tables, each one after those that it references.
pub(super) async fn list(connection: &mut PgConnection) -> Result<Vec<Table>, PostgresBackupError> {
    let rows: Vec<Row> = sqlx::query_as(LIST).fetch_all(connection).await?;
    let tables = rows
        .into_iter()
        .map(|(name, columns, identity, references)| Table {
            name,
            columns,
            identity,
            references,
        });
    ordered(tables.map(|table| (table.name.clone(), table)).collect())
}

fn ordered(mut waiting: BTreeMap<String, Table>) -> Result<Vec<Table>, PostgresBackupError> {
    let mut tables = Vec::new();
    let mut done = BTreeSet::new();
    while let Some(first) = waiting.keys().next().cloned() {
        let is_ready = |table: &&Table| table.references.iter().all(|name| done.contains(name));
        let name = waiting.values().find(is_ready).map(|table| table.name.clone());
        let name = name.ok_or(PostgresBackupError::Order { table: first })?;
        tables.extend(waiting.remove(&name));
        done.insert(name);
    }
    Ok(tables)
}

impl Table {
    /// The statement that reads all rows.
    pub(super) fn copy_out(&self) -> String {
        format!("COPY {} TO STDOUT", self.target())
    }

    /// The statement that writes rows.
    pub(super) fn copy_in(&self) -> String {
        format!("COPY {} FROM STDIN", self.target())
    }

    fn target(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        format!("{} ({})", quoted(&self.name), columns.join(", "))
    }

    /// Reads all rows for their sum, and passes the text of `COPY` on in parts.
    pub(super) async fn read(
        &self,
        connection: &mut PgConnection,
        mut part: impl FnMut(&[u8]) -> Result<(), PostgresBackupError>,
    ) -> Result<RowSum, PostgresBackupError> {
        let mut rows = RowSplitter::default();
        let statement = self.copy_out();
        let mut stream = connection.copy_out_raw(&statement).await?;
        while let Some(bytes) = stream.try_next().await? {
            rows.add(&bytes);
            part(&bytes)?;
        }
        Ok(rows.sum)
    }

    /// Returns the last number that the identity column gave to a row, or 0.
    pub(super) async fn numbered(&self, connection: &mut PgConnection) -> sqlx::Result<i64> {
        let Some(identity) = &self.identity else {
            return Ok(0);
        };
        let last: Option<i64> =
            sqlx::query_scalar("SELECT pg_sequence_last_value(pg_get_serial_sequence(quote_ident($1), $2))")
                .bind(&self.name)
                .bind(identity)
                .fetch_one(connection)
                .await?;
        Ok(last.unwrap_or(0))
    }

    /// Makes the identity column go on after a number.
    pub(super) async fn number_after(&self, connection: &mut PgConnection, last: i64) -> sqlx::Result<()> {
        let Some(identity) = self.identity.as_ref().filter(|_| last > 0) else {
            return Ok(());
        };
        sqlx::query("SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), $3)")
            .bind(&self.name)
            .bind(identity)
            .bind(last)
            .execute(connection)
            .await
            .map(drop)
    }
}

/// Deletes the rows that migrations insert.
pub(super) async fn empty(connection: &mut PgConnection, tables: &[Table]) -> sqlx::Result<()> {
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let statement = sqlx::AssertSqlSafe(format!("TRUNCATE {}", names.join(", ")));
    sqlx::raw_sql(statement).execute(connection).await.map(drop)
}

/// A name as an identifier of SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, references: &[&str]) -> (String, Table) {
        let references = references.iter().map(|name| (*name).to_owned()).collect();
        let table = Table {
            name: name.to_owned(),
            columns: vec!["id".to_owned(), "a\"b".to_owned()],
            identity: None,
            references,
        };
        (name.to_owned(), table)
    }

    #[test]
    fn a_table_follows_those_that_it_references_and_a_circle_is_refused() {
        let tables = [table("a", &["b", "c"]), table("b", &["c"]), table("c", &[])];
        let names: Vec<String> = ordered(tables.into())
            .unwrap()
            .into_iter()
            .map(|table| table.name)
            .collect();
        assert_eq!(names, ["c", "b", "a"]);
        let circle = ordered([table("a", &["b"]), table("b", &["a"])].into());
        assert!(matches!(circle, Err(PostgresBackupError::Order { table }) if table == "a"));
    }

    #[test]
    fn names_are_quoted() {
        let (_, table) = table("x", &[]);
        assert_eq!(table.copy_in(), r#"COPY "x" ("id", "a""b") FROM STDIN"#);
    }
}

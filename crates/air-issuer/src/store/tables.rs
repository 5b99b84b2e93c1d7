//! Whole tables, row by row, for backups.

mod cell;

use futures_util::TryStreamExt;
use sqlx::{
    AnyConnection, AssertSqlSafe, Column, Row, ValueRef,
    any::{AnyRow, AnyTypeInfoKind},
};

pub(crate) use self::cell::Cell;
use super::WriteTx;

/// The tables, with the migration that created each. A table is behind the tables that it refers to.
const TABLES: &[(&str, i64)] = &[
    ("settings", 1),
    ("issuances", 1),
    ("outbox", 1),
    ("status_lists", 1),
    ("audit", 1),
    ("credential_offers", 2),
    ("offer_issuances", 2),
    ("single_use", 2),
    ("revoked_nonces", 3),
    ("idempotency_keys", 4),
    ("published_keys", 6),
];

/// The tables after a migration.
pub(crate) fn of_version(migration: i64) -> impl Iterator<Item = &'static str> {
    TABLES
        .iter()
        .filter(move |(_, since)| *since <= migration)
        .map(|(table, _)| *table)
}

/// Reads these columns of all rows, or all columns if there are none.
pub(crate) async fn read<E: From<sqlx::Error>>(
    connection: &mut AnyConnection,
    table: &'static str,
    columns: &[String],
    mut each: impl FnMut(&AnyRow) -> Result<(), E>,
) -> Result<(), E> {
    let columns = if columns.is_empty() {
        "*".to_owned()
    } else {
        quoted(columns)
    };
    let query = sqlx::query(AssertSqlSafe(format!("SELECT {columns} FROM {table}")));
    let mut rows = query.fetch(connection);
    while let Some(row) = rows.try_next().await? {
        each(&row)?;
    }
    Ok(())
}

/// The names of a row's columns.
pub(crate) fn columns(row: &AnyRow) -> Vec<String> {
    let columns = row.columns().iter();
    columns.map(|column| column.name().to_owned()).collect()
}

/// The values of a row.
pub(crate) fn cells(row: &AnyRow) -> sqlx::Result<Vec<Cell>> {
    (0..row.columns().len()).map(|index| cell(row, index)).collect()
}

fn cell(row: &AnyRow, index: usize) -> sqlx::Result<Cell> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    match value.type_info().kind() {
        AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
            row.try_get(index).map(Cell::Integer)
        }
        AnyTypeInfoKind::Text => row.try_get(index).map(Cell::Text),
        AnyTypeInfoKind::Blob => row.try_get(index).map(|base64| Cell::Bytes { base64 }),
        _ => Err(sqlx::Error::ColumnDecode {
            index: index.to_string(),
            source: "neither an integer, a text nor bytes".into(),
        }),
    }
}

/// Inserts rows in one statement. Each row has a value for each column.
pub(crate) async fn insert(
    tx: &mut WriteTx,
    table: &'static str,
    columns: &[String],
    rows: Vec<Vec<Cell>>,
) -> sqlx::Result<()> {
    let mut number = 0;
    let values: Vec<String> = rows
        .iter()
        .map(|row| {
            let places: Vec<String> = row.iter().map(|cell| place(cell, &mut number)).collect();
            format!("({})", places.join(", "))
        })
        .collect();
    let sql = format!(
        "INSERT INTO {table} ({columns}){overriding} VALUES {values}",
        columns = quoted(columns),
        overriding = tx.overriding(),
        values = values.join(", "),
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for cell in rows.into_iter().flatten() {
        query = match cell {
            Cell::Null => query,
            Cell::Integer(number) => query.bind(number),
            Cell::Text(text) => query.bind(text),
            Cell::Bytes { base64 } => query.bind(base64),
        };
    }
    query.execute(tx.connection()).await.map(drop)
}

/// The placeholder of a value. `NULL` has none, because it would need a type.
fn place(cell: &Cell, number: &mut usize) -> String {
    if *cell == Cell::Null {
        return "NULL".to_owned();
    }
    *number += 1;
    format!("${number}")
}

fn quoted(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    names.join(", ")
}

/// The number of rows.
pub(crate) async fn count(tx: &mut WriteTx, table: &'static str) -> sqlx::Result<i64> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")))
        .fetch_one(tx.connection())
        .await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        config::DatabaseConfig,
        store::{Store, migrations},
    };

    #[tokio::test]
    async fn each_migration_has_the_tables_of_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&DatabaseConfig::Sqlite(folder.path().to_owned()))
            .await
            .unwrap();
        for migration in (1..100).filter(|version| migrations::is_known(*version)) {
            let mut tx = store.write().await.unwrap();
            migrations::run_to(&store, &mut tx, migration).await.unwrap();
            tx.commit().await.unwrap();
            let names: Vec<String> = sqlx::query_scalar(
                "SELECT name FROM sqlite_master WHERE type = 'table' \
                 AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'",
            )
            .fetch_all(store.reader())
            .await
            .unwrap();
            let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            let listed: BTreeSet<&str> = of_version(migration).collect();
            assert_eq!(
                names, listed,
                "after migration {migration}: add the table to TABLES"
            );
        }
    }
}

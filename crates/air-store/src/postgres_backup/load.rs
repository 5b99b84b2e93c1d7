//! Reading a backup, and restoring it.

use std::io::Read;

use air_ids::UnixTime;
use sqlx::{Connection as _, PgConnection, error::DatabaseError, migrate::Migrator};

use super::{
    PostgresBackupError,
    format::TableBegin,
    reader::BackupReader,
    tables::{self, Table},
};
use crate::{DatabaseUrl, Error, sql::postgres::MIGRATIONS};

/// Admits one writer at a time, as each platform does.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7019267256901329510)";
/// The number of tables, sequences and views.
const OBJECTS: &str =
    "SELECT COUNT(*) FROM pg_class WHERE relnamespace = current_schema()::REGNAMESPACE AND relkind <> 'i'";
/// Opens new status lists: entries of the others may have been taken after the backup.
const NEW_LISTS: &str = include_str!("restored.sql");
/// The table whose rows a report counts.
const CREDENTIALS: &str = "credentials";

/// A backup in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoredDatabase {
    /// The time of the state. Later changes are lost.
    pub created_at: UnixTime,
    /// The newest migration of the tables in the backup.
    pub migration: i64,
    /// The number of credentials.
    pub credentials: u64,
}

/// Reads and checks a whole backup. Reading blocks the thread.
///
/// # Errors
/// [`PostgresBackupError`], whose message contains the remedy.
pub fn check(reader: impl Read) -> Result<RestoredDatabase, PostgresBackupError> {
    let mut reader = open(reader)?;
    let mut credentials = 0;
    while let Some(table) = reader.next_table()? {
        while reader.next_rows()?.is_some() {}
        let sum = reader.end_of_table()?;
        if table.table == CREDENTIALS {
            credentials = sum.rows;
        }
    }
    Ok(report(&reader, credentials))
}

/// Restores a backup into an empty database. Everything is written in one transaction, and compared with the backup
/// before the commit. Older tables are migrated in it. Each issuer gets a status list whose number no list had, so that no
/// entry is used twice. Reading blocks the thread.
///
/// # Errors
/// [`PostgresBackupError`], whose message contains the remedy. Then the database is still empty.
///
/// # Security
/// A sealed backup proves nothing about its sender. Restore a file only if you know where it was in the meantime, or
/// if its SHA-256 is the one that was printed when it was made.
pub async fn restore(
    database: &DatabaseUrl,
    reader: impl Read,
) -> Result<RestoredDatabase, PostgresBackupError> {
    let mut reader = open(reader)?;
    let mut connection = database.options()?.connect_alone().await.map_err(Error::from)?;
    let restored = write(&mut connection, &mut reader).await;
    // The server notices the end of the connection, too.
    let _ = connection.close().await;
    Ok(report(&reader, restored?))
}

fn open<R: Read>(reader: R) -> Result<BackupReader<R>, PostgresBackupError> {
    let reader = BackupReader::open(reader)?;
    let migration = reader.header().migration;
    if MIGRATIONS.version_exists(migration) {
        Ok(reader)
    } else {
        Err(PostgresBackupError::NewerBackup { migration })
    }
}

fn report<R: Read>(reader: &BackupReader<R>, credentials: u64) -> RestoredDatabase {
    let header = reader.header();
    RestoredDatabase {
        created_at: UnixTime::from_secs(header.created_at),
        migration: header.migration,
        credentials,
    }
}

/// Writes the tables, and returns the number of credentials.
async fn write<R: Read>(
    connection: &mut PgConnection,
    reader: &mut BackupReader<R>,
) -> Result<u64, PostgresBackupError> {
    let mut tx = connection.begin().await?;
    sqlx::query(LOCK).execute(&mut *tx).await?;
    let objects: i64 = sqlx::query_scalar(OBJECTS).fetch_one(&mut *tx).await?;
    if objects > 0 {
        return Err(PostgresBackupError::NotEmpty);
    }
    let migration = reader.header().migration;
    migrations_to(migration)
        .run(&mut *tx)
        .await
        .map_err(sqlx::Error::from)?;
    let mut missing = tables::list(&mut tx).await?;
    tables::empty(&mut tx, &missing).await?;
    let mut credentials = 0;
    while let Some(begin) = reader.next_table()? {
        let place = missing.iter().position(|table| is_of(&begin, table));
        let place = place.ok_or(PostgresBackupError::damaged(
            "a table is not that of its migration",
        ))?;
        let table = missing.remove(place);
        let rows = fill(&mut tx, &table, reader).await?;
        table.number_after(&mut tx, begin.numbered).await?;
        if table.name == CREDENTIALS {
            credentials = rows;
        }
    }
    if !missing.is_empty() {
        return Err(PostgresBackupError::damaged("it lacks a table"));
    }
    MIGRATIONS.run(&mut *tx).await.map_err(sqlx::Error::from)?;
    sqlx::raw_sql(NEW_LISTS).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(credentials)
}

fn is_of(begin: &TableBegin, table: &Table) -> bool {
    let sorted = |columns: &[String]| {
        let mut columns = columns.to_vec();
        columns.sort_unstable();
        columns
    };
    begin.table == table.name && sorted(&begin.columns) == sorted(&table.columns)
}

/// Writes the rows of a table, compares what the database has, and returns their number.
async fn fill<R: Read>(
    connection: &mut PgConnection,
    table: &Table,
    reader: &mut BackupReader<R>,
) -> Result<u64, PostgresBackupError> {
    let mut copy = connection.copy_in_raw(&table.copy_in()).await?;
    // Dropped before its end, the copy fails with the transaction.
    while let Some(rows) = reader.next_rows()? {
        copy.send(rows).await.map_err(refused)?;
    }
    copy.finish().await.map_err(refused)?;
    let sum = reader.end_of_table()?;
    if table.read(connection, |_| Ok(())).await? == sum {
        Ok(sum.rows)
    } else {
        let table = table.name.clone();
        Err(PostgresBackupError::Differs { table })
    }
}

/// The server's message about a row that it can't take may quote a value, so it is not passed on (SQLSTATE, classes 22 and 23).
fn refused(error: sqlx::Error) -> PostgresBackupError {
    let code = error.as_database_error().and_then(DatabaseError::code);
    if code.is_some_and(|code| code.starts_with("22") || code.starts_with("23")) {
        PostgresBackupError::damaged("a row is not one of its table")
    } else {
        error.into()
    }
}

/// The migrations up to one of them.
fn migrations_to(newest: i64) -> Migrator {
    let migrations = MIGRATIONS.iter().filter(|migration| migration.version <= newest);
    Migrator::with_migrations(migrations.cloned().collect())
}

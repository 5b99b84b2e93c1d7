//! Writing a backup.

use std::io::Write;

use air_ids::UnixTime;
use sqlx::{Connection as _, PgConnection};

use super::{
    PostgresBackupError,
    format::{END_OF_ROWS, End, Header, TableBegin, TableEnd},
    tables,
    writer::TextWriter,
};
use crate::{DatabaseUrl, Error, folder_backup::DatabaseSummary, sql::postgres::MIGRATIONS};

/// Whether the tables of migrations exist: without them, the statement that reads them fails.
const HAS_MIGRATIONS: &str = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";

/// Writes a backup of a database, which platforms may use meanwhile: it has the state of one moment, so everything that was
/// acknowledged before the call. The writer is flushed. Writing blocks the thread.
///
/// # Errors
/// [`PostgresBackupError`], whose message contains the remedy. Then discard the output.
///
/// # Security
/// The backup is plain text, and has private keys of issuers and personal data. Seal it: `air_crypto::Sealer` is a
/// writer.
pub async fn backup(
    database: &DatabaseUrl,
    now: UnixTime,
    writer: impl Write,
) -> Result<DatabaseSummary, PostgresBackupError> {
    let mut connection = database.options()?.connect_alone().await.map_err(Error::from)?;
    let written = write(&mut connection, now, writer).await;
    // The server notices the end of the connection, too.
    let _ = connection.close().await;
    written
}

async fn write(
    connection: &mut PgConnection,
    now: UnixTime,
    writer: impl Write,
) -> Result<DatabaseSummary, PostgresBackupError> {
    let mut snapshot = connection
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let has_migrations: bool = sqlx::query_scalar(HAS_MIGRATIONS)
        .fetch_one(&mut *snapshot)
        .await?;
    if !has_migrations {
        return Err(PostgresBackupError::NoTables);
    }
    let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(&mut *snapshot)
        .await?;
    let migration = applied.last().copied().ok_or(PostgresBackupError::NoTables)?;
    if !applied.iter().all(|version| MIGRATIONS.version_exists(*version)) {
        return Err(PostgresBackupError::NewerDatabase);
    }
    let mut text = TextWriter::new(writer);
    text.line(&Header::new(now.as_secs(), migration))?;
    let mut credentials = 0;
    for table in tables::list(&mut snapshot).await? {
        text.line(&TableBegin {
            table: table.name.clone(),
            columns: table.columns.clone(),
            numbered: table.numbered(&mut snapshot).await?,
        })?;
        let sum = table.read(&mut snapshot, |part| text.bytes(part)).await?;
        text.bytes(END_OF_ROWS)?;
        text.bytes(b"\n")?;
        text.line(&TableEnd { sum })?;
        if table.name == "credentials" {
            credentials = sum.rows;
        }
    }
    snapshot.rollback().await?;
    let sha256 = text.digest();
    text.line(&End { sha256 })?;
    text.flush()?;
    Ok(DatabaseSummary {
        migration,
        credentials,
    })
}

//! Writing a backup.

use std::{collections::BTreeMap, io::Write};

use sqlx::AnyConnection;

use super::{
    BackupError,
    format::{Header, Manifest, Section, TableSum},
    writer::LineWriter,
};
use crate::{
    Clock, Config,
    store::{
        Store, is_missing,
        migrations::{self, Tables},
        tables,
    },
};

/// The outcome of a backup.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BackupReport {
    /// The time of the state, such as `2027-01-15T08:00:00Z`.
    pub created_at: String,
    /// The number of credentials.
    pub credentials: u64,
    /// The number of rows of all tables.
    pub rows: u64,
}

/// Writes a backup of the database, which may be in use. It has the state of one moment: each credential and each
/// revocation that was confirmed before the call is in it. The writer is flushed. Writing blocks the thread.
///
/// The backup has neither the configuration nor private keys.
///
/// # Errors
/// [`BackupError`], whose message contains the remedy. Then discard the output.
///
/// # Security
/// The backup is plain text, and has the key of the hashes and envelopes for holders. Seal it:
/// `air_crypto::Sealer` is a writer.
pub async fn backup(config: &Config, clock: &Clock, writer: impl Write) -> Result<BackupReport, BackupError> {
    if is_missing(&config.database) {
        return Err(BackupError::NoDatabase);
    }
    let store = Store::connect(&config.database).await?;
    let written = write(&store, config.origin(), clock, writer).await;
    store.close().await;
    written
}

/// As [`backup`], of an open database.
pub(super) async fn write(
    store: &Store,
    origin: &str,
    clock: &Clock,
    writer: impl Write,
) -> Result<BackupReport, BackupError> {
    match migrations::compare(store).await? {
        Tables::Missing => return Err(BackupError::NoDatabase),
        Tables::Foreign => return Err(BackupError::NewerDatabase),
        Tables::Older | Tables::Current => {}
    }
    let now = clock.now();
    let mut snapshot = store.snapshot().await?;
    let newest = migrations::newest(&mut snapshot).await?;
    let migration = newest.ok_or(BackupError::NoDatabase)?;
    let mut lines = LineWriter::new(writer);
    let header = Header::new(store.kind(), now, migration, origin);
    lines.write(&header)?;
    let mut sums = BTreeMap::new();
    for table in tables::of_version(migration) {
        let sum = write_table(&mut lines, &mut snapshot, table).await?;
        sums.insert(table.to_owned(), sum);
    }
    snapshot.rollback().await?;
    let report = BackupReport {
        created_at: header.created_at,
        credentials: sums.get("issuances").map_or(0, |sum| sum.rows),
        rows: sums.values().map(|sum| sum.rows).sum(),
    };
    let sha256 = lines.digest();
    lines.write(&Manifest { tables: sums, sha256 })?;
    lines.flush()?;
    Ok(report)
}

async fn write_table<W: Write>(
    lines: &mut LineWriter<W>,
    connection: &mut AnyConnection,
    table: &'static str,
) -> Result<TableSum, BackupError> {
    let mut sum = TableSum::default();
    tables::read(connection, table, &[], |row| -> Result<(), BackupError> {
        if sum.rows == 0 {
            let columns = tables::columns(row);
            let table = table.to_owned();
            lines.write(&Section { table, columns })?;
        }
        sum.add(lines.write(&tables::cells(row)?)?);
        Ok(())
    })
    .await?;
    Ok(sum)
}

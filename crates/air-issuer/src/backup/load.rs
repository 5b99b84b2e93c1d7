//! Restoring a backup.

use std::io::Read;

use super::{
    BackupError,
    format::{Header, TableSum},
    reader::BackupReader,
};
#[cfg(feature = "openid4vc")]
use crate::store::credential_offers;
use crate::{
    Clock, Config, status,
    store::{
        Store, WriteTx,
        audit::{self, Action, Entry},
        migrations::{self, Tables},
        tables,
    },
};

/// The actor in the audit log.
const ACTOR: &str = "restore";
/// The subject of its entry, whose detail is the time of the backup.
const SUBJECT: &str = "backup";

/// The options of a restore.
#[derive(Clone, Debug)]
pub struct RestoreOptions {
    /// Whether the backup is only read and checked.
    pub is_dry_run: bool,
    /// The time of the restore.
    pub clock: Clock,
}

impl Default for RestoreOptions {
    fn default() -> Self {
        Self {
            is_dry_run: false,
            clock: Clock::system(),
        }
    }
}

/// The outcome of a restore.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RestoreReport {
    /// Whether the backup was only read and checked.
    pub is_dry_run: bool,
    /// The time of the state, such as `2027-01-15T08:00:00Z`. Later credentials and revocations are lost.
    pub created_at: String,
    /// The version of this crate that made the backup.
    pub program: String,
    /// The kind of database that the backup was made of: `sqlite` or `postgres`.
    pub database: String,
    /// The number of credentials.
    pub credentials: u64,
    /// The number of rows of all tables.
    pub rows: u64,
    /// The status list of new credentials. `None` in a dry run, and without status lists.
    pub next_list: Option<u64>,
}

/// Restores a backup into the configured database, which has no tables yet. It may be of another kind than the
/// database that the backup was made of.
///
/// Everything is written in one transaction, and compared with the backup before the commit. In the same transaction:
///
/// * a status list is opened whose number no list had before, so that no index is taken twice, even if one was taken
///   after the backup;
/// * offers to wallets end, because they may have been used after the backup;
/// * the audit log gets an entry.
///
/// Changes after the backup are lost: repeat the revocations. Reading blocks the thread.
///
/// # Errors
/// [`BackupError`], whose message contains the remedy. Then the database has no tables.
///
/// # Security
/// A sealed backup proves nothing about its sender. Restore a file only if you know where it was in the meantime, or
/// if its SHA-256 is the one that was printed when it was made.
pub async fn restore(
    config: &Config,
    options: &RestoreOptions,
    reader: impl Read,
) -> Result<RestoreReport, BackupError> {
    let mut reader = BackupReader::open(reader)?;
    let migration = reader.header().migration;
    if !migrations::is_known(migration) {
        return Err(BackupError::NewerBackup { migration });
    }
    let origin = &reader.header().origin;
    if origin != config.origin() {
        return Err(BackupError::OtherIssuer {
            backup: origin.clone(),
            configured: config.origin().to_owned(),
        });
    }
    if options.is_dry_run {
        while reader.next_batch()?.is_some() {}
        return Ok(report(&reader, None, true));
    }
    let store = Store::connect(&config.database).await?;
    let restored = write(&store, options, &mut reader).await;
    store.close().await;
    let next_list = restored?;
    Ok(report(&reader, next_list, false))
}

fn report<R: Read>(reader: &BackupReader<R>, next_list: Option<u64>, is_dry_run: bool) -> RestoreReport {
    let header = reader.header();
    let tables = reader.tables();
    RestoreReport {
        is_dry_run,
        created_at: header.created_at.clone(),
        program: header.program.clone(),
        database: header.database.clone(),
        credentials: tables.get("issuances").map_or(0, |table| table.sum.rows),
        rows: tables.values().map(|table| table.sum.rows).sum(),
        next_list,
    }
}

/// Writes the tables, and returns the number of the open status list.
async fn write<R: Read>(
    store: &Store,
    options: &RestoreOptions,
    reader: &mut BackupReader<R>,
) -> Result<Option<u64>, BackupError> {
    if migrations::compare(store).await? != Tables::Missing {
        return Err(BackupError::NotEmpty);
    }
    let migration = reader.header().migration;
    let mut tx = store.write().await?;
    migrations::run_to(store, &mut tx, migration).await?;
    require_empty(&mut tx, migration).await?;
    while let Some(batch) = reader.next_batch()? {
        tables::insert(&mut tx, batch.table, &batch.columns, batch.rows).await?;
    }
    tx.advance_numbers().await?;
    compare(&mut tx, reader).await?;
    migrations::run_to(store, &mut tx, i64::MAX).await?;
    let next_list = follow_up(&mut tx, &options.clock, reader.header()).await?;
    tx.commit().await?;
    Ok(next_list)
}

/// Another restore, or the service, may have created the tables while this one waited.
async fn require_empty(tx: &mut WriteTx, migration: i64) -> Result<(), BackupError> {
    for table in tables::of_version(migration) {
        if tables::count(tx, table).await? > 0 {
            return Err(BackupError::NotEmpty);
        }
    }
    Ok(())
}

/// Compares the tables with the rows that were read.
async fn compare<R: Read>(tx: &mut WriteTx, reader: &BackupReader<R>) -> Result<(), BackupError> {
    for (&table, read) in reader.tables() {
        let mut sum = TableSum::default();
        tables::read(
            tx.connection(),
            table,
            &read.columns,
            |row| -> Result<(), BackupError> {
                let line = serde_json::to_vec(&tables::cells(row)?);
                sum.add(&line.map_err(|_| BackupError::Differs { table })?);
                Ok(())
            },
        )
        .await?;
        if sum != read.sum {
            return Err(BackupError::Differs { table });
        }
    }
    Ok(())
}

/// Ends the open status list and the offers, because they may have been used after the backup.
async fn follow_up(tx: &mut WriteTx, clock: &Clock, header: &Header) -> Result<Option<u64>, BackupError> {
    let now = clock.now();
    let next_list = status::open_unused(tx, now).await?;
    #[cfg(feature = "openid4vc")]
    credential_offers::withdraw_all(tx, now).await?;
    let entry = Entry {
        at: now,
        action: Action::Restored,
        external_id: SUBJECT,
        actor: ACTOR,
    };
    let instance = uuid::Builder::from_random_bytes(rand::random())
        .into_uuid()
        .to_string();
    audit::append_with_detail(tx, &instance, &entry, Some(header.created_at.as_str())).await?;
    Ok(next_list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{UnixTime, backup::export, config::DatabaseConfig};

    async fn store(folder: &tempfile::TempDir) -> Store {
        Store::connect(&DatabaseConfig::Sqlite(folder.path().to_owned()))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn tables_of_an_earlier_version_are_migrated() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let source = store(&folders[0]).await;
        let target = store(&folders[1]).await;
        let mut tx = source.write().await.unwrap();
        migrations::run_to(&source, &mut tx, 3).await.unwrap();
        status::open_first(&mut tx, 16, false).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(migrations::compare(&source).await.unwrap(), Tables::Older);

        let clock = Clock::from_fn(|| UnixTime::from_secs(1_800_000_000));
        let mut bytes = Vec::new();
        export::write(&source, "https://issuer.example", &clock, &mut bytes)
            .await
            .unwrap();
        let options = RestoreOptions {
            clock,
            ..RestoreOptions::default()
        };
        let mut reader = BackupReader::open(bytes.as_slice()).unwrap();
        let next_list = write(&target, &options, &mut reader).await.unwrap();
        assert_eq!(next_list, Some(1_800_000_000));
        assert_eq!(migrations::compare(&target).await.unwrap(), Tables::Current);
        assert_eq!(audit::verify(&target).await.unwrap(), Some(1));
    }
}

//! Snapshots: copies of the database, each in its own file (SQLite's `VACUUM INTO`). A snapshot is
//! restored in one transaction.
//!
//! Events are history and not state. They stay when a snapshot is restored, so that listeners miss no event.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use air_ids::UnixTime;
use sqlx::{ConnectOptions, Connection as _, sqlite::SqliteConnectOptions};

use super::{ReadTx, Store, WriteTx, chain, clock, database::BEGIN, events, ledger, sql};
use crate::{Data, Error, private_files};

/// The maximum number of snapshots.
const LIMIT: usize = 100;
const SUFFIX: &str = ".sqlite";

/// The folder of the snapshots: beside the database, or a temporary folder that is deleted with the platform.
#[derive(Clone)]
pub(super) enum Folder {
    Kept(PathBuf),
    Temporary(Arc<tempfile::TempDir>),
    /// No folder: PostgreSQL has its own backup tools.
    None,
}

/// A saved snapshot.
#[derive(Debug)]
pub struct Snapshot {
    /// The name.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// When it was saved.
    pub saved_at: SystemTime,
}

/// An error of saving, finding or restoring a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The name breaks the rules.
    #[error(
        "invalid snapshot name: must be 1 to 64 characters of a-z, 0-9, - and _, and start with a letter or digit"
    )]
    Name,
    /// There is a snapshot with this name.
    #[error("a snapshot with this name exists; delete it, or choose another name")]
    Taken,
    /// There are as many snapshots as allowed.
    #[error("there are already {LIMIT} snapshots, the maximum; delete one")]
    TooMany,
    /// There is no snapshot with this name.
    #[error("no such snapshot; list the snapshots to see their names")]
    Unknown,
    /// The snapshot's tables can't be migrated.
    #[error("the snapshot is from another version of the platform, and can't be restored")]
    OtherVersion,
    /// The snapshot lacks entries that are on a chain.
    #[error(
        "the chain has a checkpoint at size {size}, which the ledger would no longer have; only a newer snapshot can be restored"
    )]
    Anchored {
        /// The number of entries at the newest checkpoint.
        size: u64,
    },
    /// The data is in PostgreSQL.
    #[error("snapshots are not supported with PostgreSQL; use pg_dump and pg_restore")]
    Postgres,
    /// The snapshots' folder can't be read or written.
    #[error("failed to access the snapshots' folder: {0}")]
    Io(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The state that replaces the current one.
#[derive(Clone, Debug)]
enum Replacement {
    /// The file's URI for SQLite.
    Snapshot(String),
    Nothing,
}

impl Folder {
    pub(super) fn of(data: &Data) -> Result<Self, Error> {
        match data {
            Data::Folder(path) => {
                let path = path.join("snapshots");
                match close_to_others(&path) {
                    Ok(()) => Ok(Self::Kept(path)),
                    Err(source) => Err(Error::DataFolder { path, source }),
                }
            }
            Data::Postgres(_) => Ok(Self::None),
            Data::Memory => match temporary() {
                Ok(folder) => Ok(Self::Temporary(Arc::new(folder))),
                Err(source) => Err(Error::DataFolder {
                    path: std::env::temp_dir(),
                    source,
                }),
            },
        }
    }

    fn path(&self) -> Result<&Path, SnapshotError> {
        match self {
            Self::Kept(path) => Ok(path),
            Self::Temporary(folder) => Ok(folder.path()),
            Self::None => Err(SnapshotError::Postgres),
        }
    }

    fn file(&self, name: &str) -> Result<PathBuf, SnapshotError> {
        let fits = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        let begins_well = name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
        if begins_well && name.len() <= 64 && name.bytes().all(fits) {
            Ok(self.path()?.join(format!("{name}{SUFFIX}")))
        } else {
            Err(SnapshotError::Name)
        }
    }

    /// Returns a file's URI for SQLite. A database in memory also attaches other databases in
    /// memory, unless the URI has a mode (sqlite.org/uri.html).
    fn database_name(&self, file: &Path) -> Result<String, SnapshotError> {
        let unreadable = || io::Error::new(io::ErrorKind::InvalidFilename, "its path is not valid UTF-8");
        let path = file.to_str().ok_or_else(unreadable)?;
        Ok(match self {
            Self::Kept(_) | Self::None => path.to_owned(),
            Self::Temporary(_) => {
                let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
                format!("file:{path}?mode=rw&cache=private")
            }
        })
    }

    fn existing(&self, name: &str) -> Result<PathBuf, SnapshotError> {
        let file = self.file(name)?;
        if file.try_exists()? {
            Ok(file)
        } else {
            Err(SnapshotError::Unknown)
        }
    }
}

impl Store {
    /// Saves all committed data.
    pub async fn save_snapshot(&self, name: &str) -> Result<Snapshot, SnapshotError> {
        let file = self.snapshots.file(name)?;
        if self.list_snapshots()?.len() >= LIMIT {
            return Err(SnapshotError::TooMany);
        }
        let store = self.clone();
        // A separate task, so that it completes even if the caller's future is dropped.
        let saving = tokio::spawn(async move {
            let mut exclusive = store.writer.exclusive().await?;
            if file.try_exists()? {
                return Err(SnapshotError::Taken);
            }
            save(&mut exclusive, &store.snapshots, &file).await
        });
        saving.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        self.find_snapshot(name)
    }

    /// Returns all snapshots, sorted by name.
    pub fn list_snapshots(&self) -> Result<Vec<Snapshot>, SnapshotError> {
        let entries = match std::fs::read_dir(self.snapshots.path()?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut snapshots = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            if let Some(name) = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)) {
                // Other files in the folder have no valid snapshot name.
                snapshots.extend(self.find_snapshot(name).ok());
            }
        }
        snapshots.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(snapshots)
    }

    /// Replaces the whole state with a snapshot and stores the event in the same transaction, dated
    /// by the snapshot's clock. Calls `take_over` with that clock's offset before the next
    /// transaction begins, because everything that was read before is stale.
    pub async fn restore_snapshot(
        &self,
        name: &str,
        event: events::OwnedEvent,
        machine_now: UnixTime,
        take_over: impl FnOnce(u64) + Send + 'static,
    ) -> Result<Snapshot, SnapshotError> {
        let file = self.snapshots.existing(name)?;
        migrate(file.clone()).await?;
        let database = self.snapshots.database_name(&file)?;
        self.replace(Replacement::Snapshot(database), event, machine_now, take_over)
            .await?;
        self.find_snapshot(name)
    }

    /// Deletes all data, including events. `take_over` has the same meaning as in
    /// [`restore_snapshot`](Self::restore_snapshot).
    pub async fn reset(
        &self,
        event: events::OwnedEvent,
        machine_now: UnixTime,
        take_over: impl FnOnce(u64) + Send + 'static,
    ) -> Result<(), SnapshotError> {
        self.snapshots.path()?;
        self.replace(Replacement::Nothing, event, machine_now, take_over)
            .await
    }

    /// Deletes a snapshot.
    pub fn delete_snapshot(&self, name: &str) -> Result<Snapshot, SnapshotError> {
        let file = self.snapshots.existing(name)?;
        let snapshot = self.find_snapshot(name)?;
        std::fs::remove_file(file)?;
        Ok(snapshot)
    }

    fn find_snapshot(&self, name: &str) -> Result<Snapshot, SnapshotError> {
        let metadata = std::fs::metadata(self.snapshots.existing(name)?)?;
        Ok(Snapshot {
            name: name.to_owned(),
            size: metadata.len(),
            saved_at: metadata.modified()?,
        })
    }

    async fn replace(
        &self,
        by: Replacement,
        event: events::OwnedEvent,
        machine_now: UnixTime,
        take_over: impl FnOnce(u64) + Send + 'static,
    ) -> Result<(), SnapshotError> {
        let store = self.clone();
        let replacing = tokio::spawn(async move {
            let mut exclusive = store.writer.exclusive().await?;
            exclusive.begin_changes();
            let offset = replace(&mut exclusive, &by, &event, machine_now).await?;
            take_over(offset);
            drop(exclusive);
            Ok::<_, SnapshotError>(store.wal_sync.settled().await?)
        });
        replacing.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(())
    }
}

/// Creates a folder that is deleted with the platform.
fn temporary() -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Removes other users' access to the snapshots. Snapshots from a copy or an archive may be
/// accessible to others.
fn close_to_others(folder: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sqlite") {
            private_files::close_to_others(&path)?;
        }
    }
    Ok(())
}

/// Saves the database to a file atomically. Only the owner can access the file.
async fn save(connection: &mut WriteTx, folder: &Folder, file: &Path) -> Result<(), SnapshotError> {
    let part = file.with_extension("part");
    private_files::create_folder(folder.path()?)?;
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let written = write(connection, folder, &part).await;
    let saved = written.and_then(|()| Ok(private_files::install(&part, file)?));
    if saved.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    saved
}

async fn write(connection: &mut WriteTx, folder: &Folder, part: &Path) -> Result<(), SnapshotError> {
    private_files::open(part)?;
    sql::query("VACUUM INTO $1")
        .bind(folder.database_name(part)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Migrates a snapshot of an earlier version to the current one.
async fn migrate(file: PathBuf) -> Result<(), SnapshotError> {
    let runtime = tokio::runtime::Handle::current();
    // A separate thread, because the migrator's future can't move between threads.
    let migrating = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            let mut connection = SqliteConnectOptions::new().filename(file).connect().await?;
            let migrated = sqlx::migrate!("./migrations/sqlite").run(&mut connection).await;
            connection.close().await?;
            migrated.map_err(|_| SnapshotError::OtherVersion)
        })
    });
    migrating.await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

async fn replace(
    connection: &mut WriteTx,
    by: &Replacement,
    event: &events::OwnedEvent,
    machine_now: UnixTime,
) -> Result<u64, SnapshotError> {
    // The rows satisfy the foreign keys after the replacement, but not during it.
    set_foreign_keys(connection, false).await?;
    let replaced = match by {
        Replacement::Nothing => replace_rows(connection, by, event, machine_now).await,
        Replacement::Snapshot(name) => replace_from(connection, name, by, event, machine_now).await,
    };
    set_foreign_keys(connection, true).await?;
    replaced
}

async fn replace_from(
    connection: &mut WriteTx,
    name: &str,
    by: &Replacement,
    event: &events::OwnedEvent,
    machine_now: UnixTime,
) -> Result<u64, SnapshotError> {
    sql::query("ATTACH DATABASE $1 AS snapshot")
        .bind(name)
        .execute(connection)
        .await?;
    let replaced = replace_rows(connection, by, event, machine_now).await;
    let detached = sql::query("DETACH DATABASE snapshot").execute(connection).await;
    let offset = replaced?;
    detached?;
    Ok(offset)
}

async fn set_foreign_keys(connection: &mut WriteTx, count: bool) -> sqlx::Result<()> {
    connection
        .run(if count {
            "PRAGMA foreign_keys = ON"
        } else {
            "PRAGMA foreign_keys = OFF"
        })
        .await
}

/// Replaces all rows or none. Returns the new offset of the clock.
async fn replace_rows(
    connection: &mut WriteTx,
    by: &Replacement,
    event: &events::OwnedEvent,
    machine_now: UnixTime,
) -> Result<u64, SnapshotError> {
    connection.run(BEGIN).await?;
    match write_rows(connection, by, event, machine_now).await {
        Ok(offset) => {
            connection.run("COMMIT").await?;
            Ok(offset)
        }
        Err(error) => {
            connection.run("ROLLBACK").await?;
            Err(error)
        }
    }
}

async fn write_rows(
    connection: &mut WriteTx,
    by: &Replacement,
    event: &events::OwnedEvent,
    machine_now: UnixTime,
) -> Result<u64, SnapshotError> {
    // The index of schemas is rebuilt from the schemas.
    connection
        .run("INSERT INTO schema_texts (schema_texts) VALUES ('delete-all')")
        .await?;
    connection.run("DELETE FROM schema_numbers").await?;
    for table in tables(connection).await? {
        // The names of tables and columns come from our own migrations.
        sql::query(format!("DELETE FROM main.\"{table}\""))
            .execute(connection)
            .await?;
        if let Replacement::Snapshot(_) = by {
            let columns = columns(connection, &table).await?.join("\", \"");
            let copy = format!(
                "INSERT INTO main.\"{table}\" (\"{columns}\") SELECT \"{columns}\" FROM snapshot.\"{table}\""
            );
            sql::query(copy).execute(connection).await?;
        }
    }
    require_checkpoint(connection).await?;
    let tree_size = ledger::head(connection).await?.map_or(0, |head| head.tree_size);
    chain::reports::cut(connection, tree_size).await?;
    if let Replacement::Nothing = by {
        connection.run("DELETE FROM events").await?;
    }
    let offset = clock::offset(connection).await?;
    let now = machine_now.saturating_add(Duration::from_secs(offset));
    events::append(connection, &event.borrowed(), now).await?;
    Ok(offset)
}

/// Checks that the ledger still has the newest checkpoint that may be on a chain, because the
/// contract there accepts no other ledger.
async fn require_checkpoint(connection: &mut WriteTx) -> Result<(), SnapshotError> {
    let Some(newest) = chain::newest(connection).await? else {
        return Ok(());
    };
    let size = newest.ledger_size;
    let root = ledger::root_at(connection, size).await?;
    match root {
        Some(root) if root[..] == newest.root => Ok(()),
        _ => Err(SnapshotError::Anchored { size }),
    }
}

/// Returns the columns that can be written, without the generated ones.
async fn columns(connection: &mut ReadTx, table: &str) -> sqlx::Result<Vec<String>> {
    sql::query_scalar("SELECT name FROM pragma_table_info($1) ORDER BY cid")
        .bind(table)
        .fetch_all(connection)
        .await
}

/// Returns the tables of the state: all except the events, what is on a chain, the tables of SQLite
/// and the migrations, and the tables of the index.
async fn tables(connection: &mut ReadTx) -> sqlx::Result<Vec<String>> {
    sql::query_scalar(
        r"SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
          AND name NOT LIKE '\_sqlx\_%' ESCAPE '\' AND name NOT LIKE 'schema\_texts%' ESCAPE '\'
          AND name NOT IN ('events', 'chain', 'chain_reports', 'chain_transactions', 'schema_numbers') ORDER BY name",
    )
    .fetch_all(connection)
    .await
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_platform_in_memory_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = Folder::of(&Data::Memory).unwrap();
        let metadata = std::fs::metadata(folder.path().unwrap()).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o700);
    }

    #[tokio::test(flavor = "multi_thread")]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    async fn a_snapshot_without_space_leaves_no_file() {
        let Some(disk) = crate::tests::SmallDisk::mount() else {
            eprintln!("skipped: it needs the right to mount a file system");
            return;
        };
        let folder = disk.0.path().join("data");
        let store = Store::open(&Data::Folder(folder.clone())).await.unwrap();
        let mut tx = store.write().await.unwrap();
        tx.run("CREATE TABLE large AS SELECT zeroblob(2097152) AS bytes")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        disk.fill();
        let refused = store.save_snapshot("one").await.unwrap_err();
        assert!(
            matches!(&refused, SnapshotError::Database(error) if crate::is_full(error)),
            "{refused:?}"
        );
        assert_eq!(std::fs::read_dir(folder.join("snapshots")).unwrap().count(), 0);
        store.close().await;
    }
}

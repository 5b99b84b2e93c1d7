use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use super::{wal::Wal, *};

/// A database in a folder, on a disk that fails on demand.
struct Faulty {
    folder: tempfile::TempDir,
    fails: Arc<AtomicBool>,
    /// Whether a failed sync loses the data that was written since the last one.
    loses: Arc<AtomicBool>,
}

impl Faulty {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            fails: Arc::default(),
            loses: Arc::default(),
        }
    }

    async fn open(&self) -> Store {
        let data = Data::Folder(self.folder.path().to_owned());
        let Source::File { options, wal } = Source::of(&data).unwrap() else {
            unreachable!("a folder has a file");
        };
        let (path, fails, loses) = (wal.path, self.fails.clone(), self.loses.clone());
        let on_disk = Mutex::new(Vec::new());
        let sync = move |file: &std::fs::File| {
            let mut on_disk = on_disk.lock().unwrap();
            if !fails.load(Ordering::SeqCst) {
                file.sync_data()?;
                *on_disk = std::fs::read(&path)?;
                return Ok(());
            }
            if loses.swap(false, Ordering::SeqCst) {
                std::fs::write(&path, &*on_disk)?;
            }
            Err(io::Error::other("the disk is gone"))
        };
        let wal = Wal::synced_by(options.get_filename(), sync);
        let source = Source::File { options, wal };
        let snapshots = snapshots::Folder::of(&data).unwrap();
        Store::open_from(source, snapshots).await.unwrap()
    }
}

async fn with_table(faulty: &Faulty) -> Store {
    let store = faulty.open().await;
    let mut tx = store.write().await.unwrap();
    tx.run("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    store
}

async fn insert(store: &Store, number: i64) -> sqlx::Result<()> {
    let mut tx = store.write().await?;
    sql::query("INSERT INTO numbers VALUES ($1)")
        .bind(number)
        .execute(&mut tx)
        .await?;
    tx.commit().await
}

async fn numbers(store: &Store) -> sqlx::Result<Vec<i64>> {
    let mut read = store.read().await?;
    sql::query_scalar("SELECT number FROM numbers ORDER BY number")
        .fetch_all(&mut read)
        .await
}

/// Returns the rows as soon as the store has recovered.
async fn recovered(store: &Store) -> Vec<i64> {
    let recovered = async {
        loop {
            if let Ok(numbers) = numbers(store).await {
                return numbers;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), recovered)
        .await
        .expect("the store recovers")
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_sync_the_store_recovers_without_a_restart() {
    let faulty = Faulty::new();
    let store = with_table(&faulty).await;
    let (calls, offset) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
    store.on_recovery({
        let (calls, offset) = (calls.clone(), offset.clone());
        move |seconds| {
            calls.fetch_add(1, Ordering::SeqCst);
            offset.store(seconds, Ordering::SeqCst);
        }
    });
    let mut tx = store.write().await.unwrap();
    clock::set_offset(&mut tx, 7).await.unwrap();
    tx.commit().await.unwrap();
    insert(&store, 1).await.unwrap();

    faulty.fails.store(true, Ordering::SeqCst);
    for number in [2, 3] {
        let refused = insert(&store, number).await.unwrap_err();
        assert!(is_unsynced(&refused), "{refused:?}");
        assert!(is_unsynced(&numbers(&store).await.unwrap_err()));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);

    faulty.fails.store(false, Ordering::SeqCst);
    // The change that was in flight when the sync failed is now on disk, and no other one is.
    assert_eq!(recovered(&store).await, [1, 2]);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(offset.load(Ordering::SeqCst), 7);
    insert(&store, 4).await.unwrap();
    assert_eq!(numbers(&store).await.unwrap(), [1, 2, 4]);

    // The recovery is now triggered by a write.
    faulty.fails.store(true, Ordering::SeqCst);
    insert(&store, 5).await.unwrap_err();
    faulty.fails.store(false, Ordering::SeqCst);
    insert(&store, 6).await.unwrap();
    assert_eq!(numbers(&store).await.unwrap(), [1, 2, 4, 5, 6]);
    store.close().await;
    let store = faulty.open().await;
    assert_eq!(numbers(&store).await.unwrap(), [1, 2, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_sync_has_lost_is_not_read_and_what_was_acknowledged_is() {
    let faulty = Faulty::new();
    let store = with_table(&faulty).await;
    insert(&store, 1).await.unwrap();
    // The open snapshot prevents a checkpoint of later pages.
    let read = store.read().await.unwrap();
    faulty.loses.store(true, Ordering::SeqCst);
    faulty.fails.store(true, Ordering::SeqCst);
    insert(&store, 2).await.unwrap_err();
    drop(read);
    faulty.fails.store(false, Ordering::SeqCst);
    assert_eq!(recovered(&store).await, [1]);
    insert(&store, 3).await.unwrap();
    store.close().await;
    let store = faulty.open().await;
    assert_eq!(numbers(&store).await.unwrap(), [1, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_closed_after_a_failed_sync_leaves_its_log_to_the_next_start() {
    let faulty = Faulty::new();
    let store = with_table(&faulty).await;
    insert(&store, 1).await.unwrap();
    faulty.fails.store(true, Ordering::SeqCst);
    insert(&store, 2).await.unwrap_err();
    store.close().await;
    assert!(insert(&store, 3).await.is_err());
    let log = faulty.folder.path().join("platform.sqlite-wal");
    assert!(log.metadata().unwrap().len() > 0);
    faulty.fails.store(false, Ordering::SeqCst);
    let store = faulty.open().await;
    assert_eq!(numbers(&store).await.unwrap(), [1, 2]);
}

/// The operating system may have the log in memory only.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_process_left_in_the_log_is_synced_before_it_is_read() {
    let faulty = Faulty::new();
    let store = with_table(&faulty).await;
    insert(&store, 1).await.unwrap();
    let copy = Faulty::new();
    for name in ["platform.sqlite", "platform.sqlite-wal"] {
        std::fs::copy(faulty.folder.path().join(name), copy.folder.path().join(name)).unwrap();
    }
    let source = Source::of(&Data::Folder(copy.folder.path().to_owned())).unwrap();
    let Source::File { options, wal } = source else {
        unreachable!("a folder has a file");
    };
    assert!(!wal.is_empty());
    let synced = Arc::new(AtomicUsize::new(0));
    let counted = synced.clone();
    let wal = Wal::synced_by(options.get_filename(), move |file| {
        counted.fetch_add(1, Ordering::SeqCst);
        file.sync_data()
    });
    let source = Source::File { options, wal };
    let connection = source.connect_first().await.unwrap();
    assert_eq!(synced.load(Ordering::SeqCst), 1);
    connection.close().await.unwrap();
}

/// A file system of a few megabytes, which is unmounted on drop.
pub(super) struct SmallDisk(pub(super) tempfile::TempDir);

impl SmallDisk {
    /// Returns `None` without the right to mount.
    pub(super) fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self(folder))
    }

    /// Uses all free space.
    pub(super) fn fill(&self) -> std::path::PathBuf {
        let filler = self.0.path().join("filler");
        std::fs::write(&filler, vec![0; 16 << 20]).unwrap_err();
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .output();
    }
}

/// Copies the whole log into the database file.
async fn checkpoint(store: &Store) -> sqlx::Result<()> {
    loop {
        let mut exclusive = store.writer.exclusive().await?;
        let checkpoint = sql::query_as::<(i64, i64, i64)>(database::PASSIVE_CHECKPOINT);
        let (is_busy, pages, written) = checkpoint.fetch_one(&mut exclusive).await?;
        if is_busy == 0 && pages == written {
            return Ok(());
        }
    }
}

async fn fail_checkpoint(store: &Store, error: &sqlx::Error) {
    let state = store.writer.downgrade().upgrade().unwrap();
    state.lock().await.checkpoint_failed(error);
}

/// The log's file keeps its length when the log restarts, so the log can have space while the
/// database file has none.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
async fn without_space_for_a_checkpoint_changes_are_refused_until_there_is_space() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: it needs the right to mount a file system");
        return;
    };
    let folder = disk.0.path().join("data");
    let store = Store::open(&Data::Folder(folder.clone())).await.unwrap();
    let mut tx = store.write().await.unwrap();
    tx.run("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        .await
        .unwrap();
    tx.run("CREATE TABLE documents (bytes BLOB NOT NULL)")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let store_document = async |length: usize| {
        let mut tx = store.write().await.unwrap();
        sql::query("INSERT INTO documents VALUES ($1)")
            .bind(vec![7; length])
            .execute(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    store_document(2 << 20).await;
    checkpoint(&store).await.unwrap();
    let log = folder.join("platform.sqlite-wal");
    let length = log.metadata().unwrap().len();

    let filler = disk.fill();
    store_document(1 << 20).await;
    let failed = checkpoint(&store).await.unwrap_err();
    fail_checkpoint(&store, &failed).await;
    for number in [1, 2, 3] {
        let refused = insert(&store, number).await.unwrap_err();
        assert!(is_full(&refused), "{refused:?}");
        assert!(numbers(&store).await.unwrap().is_empty());
    }
    assert_eq!(log.metadata().unwrap().len(), length);

    std::fs::remove_file(filler).unwrap();
    insert(&store, 4).await.unwrap();
    assert_eq!(numbers(&store).await.unwrap(), [4]);
    let mut read = store.read().await.unwrap();
    let lengths = sql::query_scalar::<i64>("SELECT length(bytes) FROM documents ORDER BY rowid");
    assert_eq!(lengths.fetch_all(&mut read).await.unwrap(), [2 << 20, 1 << 20]);
    drop(read);
    store.close().await;
}

/// An error of SQLite with this code.
#[derive(Debug)]
struct Failed(&'static str);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Failed {}

impl sqlx::error::DatabaseError for Failed {
    fn message(&self) -> &str {
        self.0
    }

    fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
        Some(self.0.into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> sqlx::error::ErrorKind {
        sqlx::error::ErrorKind::Other
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_checkpoint_whose_sync_failed_the_store_recovers_without_a_restart() {
    let faulty = Faulty::new();
    let store = with_table(&faulty).await;
    for (number, code) in [(1, "1034"), (2, "1290")] {
        let failed = sqlx::Error::Database(Box::new(Failed(code)));
        fail_checkpoint(&store, &failed).await;
        assert!(store.wal_sync.check().is_err());
        insert(&store, number).await.unwrap();
    }
    assert_eq!(numbers(&store).await.unwrap(), [1, 2]);
    store.close().await;
}

#[tokio::test]
async fn a_full_disk_is_no_damaged_database() {
    let full = || sqlx::Error::Database(Box::new(Failed("13")));
    let migrating = MigrateError::ExecuteMigration(full(), 60);
    for error in [full(), sqlx::Error::Migrate(Box::new(migrating))] {
        assert!(matches!(Error::from(error), Error::DiskFull(_)));
    }
    let damaged = sqlx::Error::Database(Box::new(Failed("11")));
    assert!(matches!(Error::from(damaged), Error::Database(_)));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_data_folder_whose_path_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff"));
    let refused = Store::open(&Data::Folder(path.clone())).await.unwrap_err();
    assert!(matches!(refused, Error::DataFolderName { path: of } if of == path));
}

/// Two branches may each take the next number.
#[test]
fn each_migration_has_a_number_of_its_own() {
    let databases = [
        sqlx::migrate!("./migrations/sqlite"),
        sqlx::migrate!("./migrations/postgres"),
    ];
    for migrator in databases {
        let versions: Vec<i64> = migrator.iter().map(|migration| migration.version).collect();
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
    }
}

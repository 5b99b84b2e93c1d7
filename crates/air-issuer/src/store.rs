//! The issuer's records in SQLite or PostgreSQL. SQL is in the modules below, one for each table.

pub(crate) mod audit;
mod compact;
#[cfg(feature = "openid4vc")]
pub(crate) mod credential_offers;
mod existing;
pub(crate) mod idempotency;
pub(crate) mod in_use;
pub(crate) mod issuances;
pub(crate) mod migrations;
pub(crate) mod outbox;
#[cfg(test)]
mod plans;
pub(crate) mod published_keys;
pub(crate) mod revoked_nonces;
pub(crate) mod settings;
#[cfg(feature = "openid4vc")]
pub(crate) mod single_use;
pub(crate) mod status_lists;
pub(crate) mod tables;
pub(crate) mod user_data;

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use air_ids::UnixTime;
use sqlx::{
    Any, AnyConnection, AnyPool, Executor, Transaction,
    any::{AnyPoolOptions, install_default_drivers},
    migrate::Migrator,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub(crate) use self::existing::is_missing;
use crate::{Error, config::DatabaseConfig};

static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
#[cfg(feature = "postgres")]
static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

/// The number of connections.
const CONNECTIONS: u32 = 16;
/// The time to wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Beside a writer, readers see the last commit. Each commit is on disk before it is confirmed.
const SQLITE_SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON";
/// A process that stops within a transaction, or waits too long for a lock, does not stop the others.
#[cfg(feature = "postgres")]
const POSTGRES_SETUP: &str = "SET idle_in_transaction_session_timeout = '30s'; SET lock_timeout = '20s'";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Driver {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pool: AnyPool,
    /// The connections for writing. On SQLite, it is always the same one: another writer makes a connection read its
    /// pages again.
    writers: AnyPool,
    driver: Driver,
    /// SQLite has one writer at a time. Waiting here is fair and needs no polling.
    writer: Arc<Mutex<()>>,
}

/// A transaction that may write. Without a commit, it is rolled back.
pub(crate) struct WriteTx {
    transaction: Transaction<'static, Any>,
    driver: Driver,
    _writer: Option<OwnedMutexGuard<()>>,
}

impl Store {
    /// Opens the database, and migrates it.
    pub(crate) async fn open(config: &DatabaseConfig) -> Result<Self, Error> {
        let store = Self::connect(config).await?;
        store.migrate().await?;
        Ok(store)
    }

    /// Opens the database without migrating it. A missing SQLite database is created.
    pub(crate) async fn connect(config: &DatabaseConfig) -> Result<Self, Error> {
        install_default_drivers();
        let (driver, url) = match config {
            DatabaseConfig::Sqlite(folder) => (Driver::Sqlite, sqlite_url(folder)?),
            #[cfg(feature = "postgres")]
            DatabaseConfig::Postgres(url) => (Driver::Postgres, url.clone()),
            #[cfg(not(feature = "postgres"))]
            DatabaseConfig::Postgres(_) => return Err(Error::WithoutPostgres),
        };
        let pool = options(driver, CONNECTIONS).connect(&url).await;
        let pool = pool.map_err(Error::Open)?;
        let writers = match driver {
            Driver::Sqlite => options(driver, 1).connect_lazy(&url).map_err(Error::Open)?,
            #[cfg(feature = "postgres")]
            Driver::Postgres => pool.clone(),
        };
        Ok(Self {
            pool,
            writers,
            driver,
            writer: Arc::default(),
        })
    }

    async fn migrate(&self) -> Result<(), Error> {
        let migrated = self.migrations().run(&self.pool).await;
        migrated.map_err(Error::Migrate)
    }

    /// The migrations of this build.
    fn migrations(&self) -> &'static Migrator {
        match self.driver {
            Driver::Sqlite => &SQLITE,
            #[cfg(feature = "postgres")]
            Driver::Postgres => &POSTGRES,
        }
    }

    /// The connections for reading.
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.pool
    }

    pub(crate) async fn write(&self) -> sqlx::Result<WriteTx> {
        let (writer, begin) = match self.driver {
            Driver::Sqlite => (Some(self.writer.clone().lock_owned().await), "BEGIN IMMEDIATE"),
            #[cfg(feature = "postgres")]
            Driver::Postgres => (None, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"),
        };
        Ok(WriteTx {
            transaction: self.writers.begin_with(begin).await?,
            driver: self.driver,
            _writer: writer,
        })
    }

    /// Begins a transaction that reads the state of its first query, whatever others write.
    pub(crate) async fn snapshot(&self) -> sqlx::Result<Transaction<'static, Any>> {
        let begin = match self.driver {
            Driver::Sqlite => "BEGIN DEFERRED",
            #[cfg(feature = "postgres")]
            Driver::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.pool.begin_with(begin).await
    }

    /// The name of the database's kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self.driver {
            Driver::Sqlite => "sqlite",
            #[cfg(feature = "postgres")]
            Driver::Postgres => "postgres",
        }
    }

    /// Checks whether the database responds.
    pub(crate) async fn ping(&self) -> sqlx::Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop)
    }

    pub(crate) async fn close(&self) {
        self.writers.close().await;
        self.pool.close().await;
    }
}

fn options(driver: Driver, connections: u32) -> AnyPoolOptions {
    let (setup, may_break) = match driver {
        Driver::Sqlite => (SQLITE_SETUP, false),
        #[cfg(feature = "postgres")]
        Driver::Postgres => (POSTGRES_SETUP, true),
    };
    let options = AnyPoolOptions::new();
    let options = match driver {
        // An erasure finds an instance by its open connections, so the pool must not close the last one for its age.
        Driver::Sqlite => options
            .idle_timeout(None::<Duration>)
            .max_lifetime(None::<Duration>),
        #[cfg(feature = "postgres")]
        Driver::Postgres => options,
    };
    options
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(may_break)
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(setup).await.map(drop) })
        })
}

impl WriteTx {
    pub(crate) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Waits until no other transaction has the lock of this name. On SQLite the transaction itself is that lock.
    pub(crate) async fn lock(&mut self, name: &str) -> sqlx::Result<()> {
        self.lock_all(std::slice::from_ref(&name)).await
    }

    /// Waits until no other transaction has a lock of one of these names. The locks are taken in the order of their
    /// numbers, so that two callers do not wait for each other.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(
            unused_variables,
            clippy::unused_async,
            reason = "SQLite has one lock for all"
        )
    )]
    pub(crate) async fn lock_all(&mut self, names: &[impl AsRef<str>]) -> sqlx::Result<()> {
        match self.driver {
            Driver::Sqlite => Ok(()),
            #[cfg(feature = "postgres")]
            Driver::Postgres => {
                let mut numbers: Vec<i64> = names.iter().map(|name| lock_number(name.as_ref())).collect();
                numbers.sort_unstable();
                numbers.dedup();
                if numbers.is_empty() {
                    return Ok(());
                }
                let rows = placeholders(numbers.len(), 1);
                // The function's result is empty, which the driver can't read, so it is counted. PostgreSQL reads the
                // rows of `VALUES` in their order.
                let mut query = sqlx::query(sqlx::AssertSqlSafe(format!(
                    "SELECT COUNT(pg_advisory_xact_lock(number)) FROM (VALUES {rows}) AS locks (number)"
                )));
                for number in numbers {
                    query = query.bind(number);
                }
                query.execute(self.connection()).await.map(drop)
            }
        }
    }

    /// The clause by which a query locks its rows, and leaves out those that another transaction has locked.
    fn skip_locked(&self) -> &'static str {
        match self.driver {
            Driver::Sqlite => "",
            #[cfg(feature = "postgres")]
            Driver::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The clause by which a query locks its rows.
    fn for_update(&self) -> &'static str {
        match self.driver {
            Driver::Sqlite => "",
            #[cfg(feature = "postgres")]
            Driver::Postgres => " FOR UPDATE",
        }
    }

    /// The clause by which an insertion sets the values of columns that count by themselves.
    fn overriding(&self) -> &'static str {
        match self.driver {
            Driver::Sqlite => "",
            #[cfg(feature = "postgres")]
            Driver::Postgres => " OVERRIDING SYSTEM VALUE",
        }
    }

    /// Lets the numbers of new issuances begin behind those that were inserted with their numbers.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unused_async, reason = "SQLite does so by itself")
    )]
    pub(crate) async fn advance_numbers(&mut self) -> sqlx::Result<()> {
        match self.driver {
            Driver::Sqlite => Ok(()),
            #[cfg(feature = "postgres")]
            Driver::Postgres => sqlx::query(
                "SELECT setval(pg_get_serial_sequence('issuances', 'seq'), COALESCE(MAX(seq), 0) + 1, false) \
                 FROM issuances",
            )
            .execute(self.connection())
            .await
            .map(drop),
        }
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }
}

/// The number of an advisory lock. Names with the same number only wait for each other.
#[cfg(feature = "postgres")]
fn lock_number(name: &str) -> i64 {
    use sha2::{Digest, Sha256};

    let digest = Sha256::digest(name);
    digest.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

/// The file of an SQLite database in its folder.
pub(crate) fn sqlite_file(folder: &Path) -> PathBuf {
    folder.join("issuer.sqlite")
}

fn sqlite_url(folder: &Path) -> Result<String, Error> {
    create_folder(folder).map_err(Error::Folder)?;
    let folder = fs::canonicalize(folder).map_err(Error::Folder)?;
    let file = sqlite_file(&folder);
    create_file(&file).map_err(Error::Folder)?;
    let mut url = url::Url::from_file_path(file)
        .map_err(|()| Error::Folder(io::Error::from(io::ErrorKind::InvalidFilename)))?;
    url.set_query(Some("mode=rwc"));
    // `file:///path` and `sqlite:///path` have the same syntax.
    Ok(url.as_str().replacen("file:", "sqlite:", 1))
}

/// Creates a folder that only its owner can access. An existing folder keeps its mode, because it may contain other files.
fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Creates the database's file, which only its owner can read: it has the key of the hashes. SQLite gives its other files the same mode.
fn create_file(file: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let created = options.open(file)?;
    // An earlier build created it with the process's mode.
    #[cfg(unix)]
    created.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(created);
    Ok(())
}

/// The placeholders of rows: `($1, $2), ($3, $4)`.
fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        for column in 1..=columns {
            let before = match (row, column) {
                (0, 1) => "(",
                (_, 1) => "), (",
                _ => ", ",
            };
            let number = row * columns + column;
            // Writing to a text does not fail.
            let _ = write!(text, "{before}${number}");
        }
    }
    text.push(')');
    text
}

/// The value of a column. Numbers of lists are far below the limit.
fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The number in a column.
fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// The column of a time: seconds since 1970. A later time than the column can hold becomes its last one.
fn time_column(time: UnixTime) -> i64 {
    column(time.as_secs())
}

/// The time in a column.
fn time(column: i64) -> UnixTime {
    UnixTime::from_secs(number(column))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn the_files_of_the_database_are_its_owners_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("issuer");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let store = Store::open(&DatabaseConfig::Sqlite(folder.clone()))
            .await
            .unwrap();
        assert_eq!(mode(&folder), 0o700);
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        store.close().await;
        let file = folder.join("issuer.sqlite");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        Store::open(&DatabaseConfig::Sqlite(folder))
            .await
            .unwrap()
            .close()
            .await;
        assert_eq!(mode(&file), 0o600);
    }
}

//! The storage of the platform: a data folder, or a PostgreSQL database.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Command,
};

use air_sandbox::{
    Data, UnixTime,
    folder_backup::{copy_database, prepare_restored},
};
use tokio::task::spawn_blocking;
use url::Url;

use crate::figures::{MIB, bytes};

/// The variable with the URL of a PostgreSQL server, `postgres://user@host/postgres`, whose user may create databases.
/// Without it, the storage is a folder.
pub(crate) const SERVER: &str = "AIR_TEST_DATABASE";
/// The statements for a database that `pg_restore` has filled.
const RESTORED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../air-store/src/postgres_backup/restored.sql"
);

#[derive(Clone, Debug)]
pub(crate) enum Storage {
    Folder(PathBuf),
    /// The URL of the database.
    Postgres(Url),
}

/// A storage with a restored backup.
pub(crate) struct Restored {
    pub(crate) storage: Storage,
    /// The number of credentials.
    pub(crate) credentials: usize,
    /// The number of the new status list.
    pub(crate) list: u64,
}

impl Storage {
    /// An empty storage: this folder, or a new database in place of it.
    pub(crate) async fn create(folder: PathBuf) -> Self {
        let Ok(server) = env::var(SERVER) else {
            return Self::Folder(folder);
        };
        let server = server.parse().expect("AIR_TEST_DATABASE is a URL");
        Self::Postgres(create_database(&server).await)
    }

    /// The folder or the URL, for [`data`].
    pub(crate) fn address(&self) -> OsString {
        match self {
            Self::Folder(folder) => folder.into(),
            Self::Postgres(url) => url.as_str().into(),
        }
    }

    pub(crate) fn data(&self) -> Data {
        data(&self.address())
    }

    /// The number of credentials. `copy` is the name of a file that does not exist.
    pub(crate) async fn credentials(&self, copy: &Path) -> usize {
        match self {
            Self::Folder(folder) => {
                // As in a backup.
                let copied = copy_database(folder, copy).await.unwrap();
                std::fs::remove_file(copy).unwrap();
                usize::try_from(copied.credentials).unwrap()
            }
            Self::Postgres(url) => {
                let count = query(url, "SELECT COUNT(*) FROM credentials").await;
                count.parse().unwrap()
            }
        }
    }

    /// Backs up the storage of the running platform, and restores the backup in another storage. `path` does not exist.
    pub(crate) async fn restore_backup(&self, path: PathBuf, now: UnixTime) -> Restored {
        match self {
            Self::Folder(folder) => {
                std::fs::create_dir(&path).unwrap();
                let copied = copy_database(folder, &path.join("platform.sqlite"))
                    .await
                    .unwrap();
                // The new status list has the time as its number.
                let restored = prepare_restored(&path, now).await.unwrap();
                assert_eq!(restored, copied);
                Restored {
                    storage: Self::Folder(path),
                    credentials: usize::try_from(copied.credentials).unwrap(),
                    list: now.as_secs(),
                }
            }
            Self::Postgres(url) => {
                let file = path.as_os_str();
                let dump = ["--format=custom", "--dbname", url.as_str(), "--file"];
                run("pg_dump", dump.map(OsStr::new).into_iter().chain([file])).await;
                let to = create_database(url).await;
                let restore = ["--exit-on-error", "--dbname", to.as_str()];
                run("pg_restore", restore.map(OsStr::new).into_iter().chain([file])).await;
                std::fs::remove_file(&path).unwrap();
                let prepare = [
                    "--single-transaction",
                    "--set",
                    "ON_ERROR_STOP=1",
                    "--file",
                    RESTORED,
                ];
                psql(&to, &prepare).await;
                let list = query(&to, "SELECT coalesce(max(number), 0) FROM status_lists").await;
                let storage = Self::Postgres(to);
                Restored {
                    credentials: storage.credentials(&path).await,
                    storage,
                    list: list.parse().unwrap(),
                }
            }
        }
    }

    /// Deletes the storage. No platform uses it.
    pub(crate) async fn remove(self) {
        match self {
            Self::Folder(folder) => std::fs::remove_dir_all(folder).unwrap(),
            Self::Postgres(url) => {
                let mut server = url.clone();
                server.set_path("postgres");
                let name = url.path().trim_start_matches('/');
                query(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }

    /// The bytes of the database and of its write-ahead log. PostgreSQL's log is that of the server, and counts as 0.
    pub(crate) async fn sizes(&self) -> (u64, u64) {
        match self {
            Self::Folder(folder) => (
                bytes(&folder.join("platform.sqlite")),
                bytes(&folder.join("platform.sqlite-wal")),
            ),
            Self::Postgres(url) => {
                let size = query(url, "SELECT pg_database_size(current_database())").await;
                (size.parse().unwrap(), 0)
            }
        }
    }

    /// The limit of an empty database's size. PostgreSQL's has a catalogue of 7 MiB.
    pub(crate) fn empty_size(&self) -> u64 {
        match self {
            Self::Folder(_) => 4 * MIB,
            Self::Postgres(_) => 16 * MIB,
        }
    }
}

/// The data at an address: a folder, or the URL of a database.
pub(crate) fn data(address: &OsStr) -> Data {
    let url = address.to_str().and_then(|text| text.parse().ok());
    url.map_or_else(|| Data::Folder(address.into()), Data::Postgres)
}

/// Creates a database on the server of another one.
async fn create_database(server: &Url) -> Url {
    let name = format!("air_{:032x}", rand::random::<u128>());
    query(server, &format!("CREATE DATABASE {name}")).await;
    let mut url = server.clone();
    url.set_path(&name);
    url
}

/// The value that a statement returns.
async fn query(database: &Url, statement: &str) -> String {
    psql(database, &["--command", statement]).await
}

async fn psql(database: &Url, arguments: &[&str]) -> String {
    let options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
    let database = ["--dbname", database.as_str()];
    let arguments = options.iter().chain(&database).chain(arguments);
    run("psql", arguments.map(OsStr::new)).await
}

/// The output of a tool of PostgreSQL.
async fn run<'a>(tool: &str, arguments: impl Iterator<Item = &'a OsStr>) -> String {
    let mut command = Command::new(tool);
    command.args(arguments);
    let output = spawn_blocking(move || command.output()).await.unwrap();
    let output = output.unwrap_or_else(|error| panic!("{tool}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

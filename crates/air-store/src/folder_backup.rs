//! Backups of a data folder: a copy of its database, and the changes after a restore.

use std::path::Path;

use air_ids::UnixTime;
use sqlx::{ConnectOptions, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

/// The database in its folder.
const FILE: &str = "platform.sqlite";

/// An error of copying a database, or of preparing a restored one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderBackupError {
    /// The folder has no database.
    #[error("the folder has no platform.sqlite; choose the data folder of a platform")]
    NoDatabase,
    /// The path is not valid UTF-8.
    #[error("the path is not valid UTF-8, which SQLite requires; choose another folder")]
    Name,
    /// The database is damaged.
    #[error("the database of the backup is damaged; choose another copy")]
    Damaged,
    /// Another version made the tables.
    #[error("a newer version made the tables; use that version, or a later one")]
    Newer,
    /// The database failed.
    #[error("the database failed; check the free space and the permissions")]
    Database(#[from] sqlx::Error),
}

/// A database in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseSummary {
    /// The newest migration of the tables.
    pub migration: i64,
    /// The number of credentials.
    pub credentials: u64,
}

/// Copies the database of a data folder to an empty file. The platform may use the folder: the copy has the state
/// of one moment.
pub async fn copy_database(folder: &Path, to: &Path) -> Result<DatabaseSummary, FolderBackupError> {
    let file = folder.join(FILE);
    if !file.is_file() {
        return Err(FolderBackupError::NoDatabase);
    }
    let name = to.to_str().ok_or(FolderBackupError::Name)?;
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut source = options.connect().await?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(name)
        .execute(&mut source)
        .await;
    source.close().await?;
    copied?;
    // An immutable database has no other files beside it.
    let options = SqliteConnectOptions::new().filename(to).immutable(true);
    let mut copy = options.read_only(true).connect().await?;
    let summary = summarise(&mut copy).await;
    copy.close().await?;
    summary
}

/// Checks the database of a folder that was restored, and opens a status list for each issuer whose number no list
/// had: entries of the others may have been taken after the backup.
pub async fn prepare_restored(folder: &Path, now: UnixTime) -> Result<DatabaseSummary, FolderBackupError> {
    let options = SqliteConnectOptions::new().filename(folder.join(FILE));
    let mut connection = options.foreign_keys(true).connect().await?;
    let prepared = prepare(&mut connection, now).await;
    connection.close().await?;
    prepared
}

async fn prepare(
    connection: &mut SqliteConnection,
    now: UnixTime,
) -> Result<DatabaseSummary, FolderBackupError> {
    let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut *connection)
        .await?;
    if found != "ok" {
        return Err(FolderBackupError::Damaged);
    }
    let summary = summarise(connection).await?;
    let mut tx = connection.begin().await?;
    // The number is the time, because a list would have to fill in each second to reach it. The URL ends in it.
    sqlx::query(
        "INSERT INTO status_lists (partner_id, number, uri, size, taken) \
         SELECT partner_id, max($1, number + 1), \
         substr(uri, 1, length(uri) - length(number)) || max($1, number + 1), size, 0 \
         FROM status_lists AS list \
         WHERE number = (SELECT MAX(number) FROM status_lists WHERE partner_id = list.partner_id)",
    )
    .bind(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "UPDATE status_lists SET taken = size WHERE number < \
         (SELECT MAX(number) FROM status_lists AS newer WHERE newer.partner_id = status_lists.partner_id)",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(summary)
}

async fn summarise(connection: &mut SqliteConnection) -> Result<DatabaseSummary, FolderBackupError> {
    let known = sqlx::migrate!("./migrations/sqlite");
    let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(&mut *connection)
        .await?;
    let migration = applied.last().copied().ok_or(FolderBackupError::NoDatabase)?;
    if !applied.iter().all(|version| known.version_exists(*version)) {
        return Err(FolderBackupError::Newer);
    }
    let credentials: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM credentials")
        .fetch_one(connection)
        .await?;
    Ok(DatabaseSummary {
        migration,
        credentials: u64::try_from(credentials).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Store};

    async fn run(folder: &Path, statement: &'static str) {
        let options = SqliteConnectOptions::new().filename(folder.join(FILE));
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn open(folder: &Path) -> Store {
        Store::open(&Data::Folder(folder.into())).await.unwrap()
    }

    type List = (i64, String, i64, i64);

    async fn lists(folder: &Path) -> Vec<List> {
        let options = SqliteConnectOptions::new().filename(folder.join(FILE));
        let mut connection = options.connect().await.unwrap();
        sqlx::query_as("SELECT number, uri, size, taken FROM status_lists ORDER BY partner_id, number")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_copy_of_an_open_folder_continues_with_a_list_that_did_not_exist() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).await.close().await;
        // Partners have many columns that lists don't need.
        run(
            folder.path(),
            "PRAGMA foreign_keys = OFF; \
             INSERT INTO status_lists (partner_id, number, uri, size, taken) VALUES \
             ('a', 1, 'https://a.example/statuslist/1', 64, 32), ('a', 2, 'https://a.example/statuslist/2', 64, 3)",
        )
        .await;
        let store = open(folder.path()).await;
        let restored = tempfile::tempdir().unwrap();
        let copy = restored.path().join(FILE);
        let copied = copy_database(folder.path(), &copy).await.unwrap();
        assert_eq!(copied.credentials, 0);
        store.close().await;
        // The partner is missing, and the tables require it.
        let options = SqliteConnectOptions::new().filename(&copy).foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        let now = UnixTime::from_secs(1_800_000_000);
        assert_eq!(prepare(&mut connection, now).await.unwrap(), copied);
        connection.close().await.unwrap();
        let list = |number: i64, taken: i64| -> List {
            (
                number,
                format!("https://a.example/statuslist/{number}"),
                64,
                taken,
            )
        };
        assert_eq!(
            lists(restored.path()).await,
            [list(1, 64), list(2, 64), list(1_800_000_000, 0)]
        );
    }

    #[tokio::test]
    async fn a_folder_without_a_database_and_tables_of_a_later_build_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("copy");
        let missing = copy_database(folder.path(), &to).await;
        assert!(
            matches!(missing, Err(FolderBackupError::NoDatabase)),
            "{missing:?}"
        );
        open(folder.path()).await.close().await;
        run(
            folder.path(),
            "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, checksum, execution_time \
             FROM _sqlx_migrations LIMIT 1",
        )
        .await;
        let later = copy_database(folder.path(), &to).await;
        assert!(matches!(later, Err(FolderBackupError::Newer)), "{later:?}");
        let now = UnixTime::from_secs(1);
        let later = prepare_restored(folder.path(), now).await;
        assert!(matches!(later, Err(FolderBackupError::Newer)), "{later:?}");
    }
}

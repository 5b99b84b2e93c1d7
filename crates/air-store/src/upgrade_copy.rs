//! The copy of a folder's database that is made before an upgrade of its tables. An earlier build can't open the upgraded file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    Error, private_files,
    sql::{self, WriteTx},
};

/// Copies the database in `file` beside itself if it is from an earlier build. A copy that exists is kept: an upgrade that failed
/// may have changed the file since.
pub(super) async fn make(connection: &mut WriteTx, file: &Path) -> Result<(), Error> {
    let version = version(connection).await.map_err(Error::Database)?;
    if version == 0 || version >= newest() {
        return Ok(());
    }
    let copy = path(file, version);
    if copy.exists() {
        return Ok(());
    }
    let failed = |source: io::Error| Error::DataFolder {
        path: copy.clone(),
        source,
    };
    let part = copy.with_extension("part");
    let _ = fs::remove_file(&part);
    private_files::open(&part).map_err(failed)?;
    let name = part.to_str().ok_or_else(|| {
        failed(io::Error::new(
            io::ErrorKind::InvalidFilename,
            "its name is no text",
        ))
    })?;
    sql::query("VACUUM INTO $1")
        .bind(name)
        .execute(connection)
        .await
        .map_err(Error::Database)?;
    let synced = fs::File::open(&part).and_then(|file| file.sync_all());
    synced.and_then(|()| fs::rename(&part, &copy)).map_err(failed)?;
    tracing::info!(copy = %copy.display(), "copied the database before the upgrade of its tables");
    Ok(())
}

/// `platform-before-upgrade-0054.sqlite`, with the number of the last migration that the copy has.
fn path(file: &Path, version: u64) -> PathBuf {
    file.with_file_name(format!("platform-before-upgrade-{version:04}.sqlite"))
}

/// The number of the last migration that the database has; 0 for a new database.
async fn version(connection: &mut WriteTx) -> sqlx::Result<u64> {
    let tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    if sql::query_number(tables).fetch_one(connection).await? == 0 {
        return Ok(0);
    }
    sql::query_number("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
}

fn newest() -> u64 {
    let migrations = sqlx::migrate!("./migrations/sqlite");
    let versions = migrations
        .iter()
        .filter_map(|migration| u64::try_from(migration.version).ok());
    versions.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use sqlx::{ConnectOptions as _, Connection as _, migrate::Migrator, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::{Data, Store};

    /// A data folder of an earlier build, with a user.
    async fn earlier(folder: &Path, version: i64) {
        let all = sqlx::migrate!("./migrations/sqlite");
        let before = all.migrations.iter().filter(|one| one.version <= version);
        let before = Migrator {
            migrations: Cow::Owned(before.cloned().collect()),
            ..Migrator::DEFAULT
        };
        let options = SqliteConnectOptions::new().filename(folder.join("platform.sqlite"));
        let mut connection = options.create_if_missing(true).connect().await.unwrap();
        before.run(&mut connection).await.unwrap();
        let user = "INSERT INTO users (user_uuid, email, holder_did, created_at) VALUES ('u', 'a@b.example', 'did:u', 1)";
        sqlx::raw_sql(user).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn open(folder: &Path) {
        let store = Store::open(&Data::Folder(folder.into())).await.unwrap();
        store.close().await;
    }

    fn copies(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let names = entries.map(|name| name.into_string().unwrap());
        names.filter(|name| name.contains("upgrade")).collect()
    }

    async fn users(file: &Path) -> i64 {
        let mut connection = SqliteConnectOptions::new()
            .filename(file)
            .connect()
            .await
            .unwrap();
        sqlx::query_scalar("SELECT COUNT(*) FROM users")
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_earlier_folder_is_copied_once_before_its_upgrade() {
        let folder = tempfile::tempdir().unwrap();
        earlier(folder.path(), 28).await;
        open(folder.path()).await;
        assert_eq!(copies(folder.path()), ["platform-before-upgrade-0028.sqlite"]);
        let copy = folder.path().join("platform-before-upgrade-0028.sqlite");
        assert_eq!(users(&copy).await, 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let made = fs::metadata(&copy).unwrap().modified().unwrap();
        open(folder.path()).await;
        assert_eq!(copies(folder.path()).len(), 1);
        assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), made);
    }

    #[tokio::test]
    async fn the_copy_opens_as_the_folder_did() {
        let folder = tempfile::tempdir().unwrap();
        earlier(folder.path(), 28).await;
        open(folder.path()).await;
        let restored = tempfile::tempdir().unwrap();
        let copy = folder.path().join("platform-before-upgrade-0028.sqlite");
        fs::copy(copy, restored.path().join("platform.sqlite")).unwrap();
        open(restored.path()).await;
        assert_eq!(users(&restored.path().join("platform.sqlite")).await, 1);
    }

    #[tokio::test]
    async fn a_new_folder_has_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).await;
        open(folder.path()).await;
        assert_eq!(copies(folder.path()), [""; 0]);
    }
}

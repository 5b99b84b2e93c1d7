//! The copy of a folder's database that is made before an upgrade of its tables. An earlier build
//! can't open the upgraded file.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use crate::{
    Error, private_files,
    sql::{self, WriteTx},
};

/// Copies the database in `file` beside itself if it is from an earlier build.
pub(super) async fn make(connection: &mut WriteTx, file: &Path) -> Result<(), Error> {
    let Some(version) = version_to_upgrade(connection).await? else {
        return Ok(());
    };
    let part = file.with_file_name(format!("platform-before-upgrade-{version:04}.part"));
    let Some(name) = part.to_str() else {
        tracing::warn!(
            "did not copy the database before the upgrade of its tables: its path is not valid UTF-8"
        );
        return Ok(());
    };
    let copied = copy(connection, &part, name).await;
    let placed = copied.and_then(|()| Ok(place(&part, version)?));
    placed.map_err(|source| {
        let _ = fs::remove_file(&part);
        Error::UpgradeCopy { path: part, source }
    })
}

async fn copy(connection: &mut WriteTx, part: &Path, name: &str) -> sqlx::Result<()> {
    let _ = fs::remove_file(part);
    private_files::open(part)?;
    sql::query("VACUUM INTO $1")
        .bind(name)
        .execute(connection)
        .await
        .map(drop)
}

/// Names the copy. An earlier copy is kept. If it has the same content, the new one is deleted, so
/// that an upgrade that fails at each start does not fill the disk.
fn place(part: &Path, version: i64) -> io::Result<()> {
    let mut last = None;
    let mut number = 1;
    let mut copy = path(part, version, number);
    while copy.try_exists()? {
        number += 1;
        last = Some(std::mem::replace(&mut copy, path(part, version, number)));
    }
    if let Some(last) = last
        && is_same(&last, part)?
    {
        tracing::info!(copy = %last.display(), "kept the copy of the database before the upgrade of its tables");
        return fs::remove_file(part);
    }
    private_files::install(part, &copy)?;
    tracing::info!(copy = %copy.display(), "copied the database before the upgrade of its tables");
    Ok(())
}

/// `platform-before-upgrade-0054.sqlite`, with the number of the last migration that the copy has;
/// later copies of this version end in `-2`, `-3` and so on.
fn path(beside: &Path, version: i64, number: u32) -> PathBuf {
    let suffix = if number == 1 {
        String::new()
    } else {
        format!("-{number}")
    };
    beside.with_file_name(format!("platform-before-upgrade-{version:04}{suffix}.sqlite"))
}

/// Compares two files. SQLite writes the same bytes for the same content.
fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if left.get(..length) != right.get(..length) {
            return Ok(false);
        }
        if length == 0 {
            return Ok(left.len() == right.len());
        }
        one.consume(length);
        other.consume(length);
    }
}

/// Returns the number of the last migration that the database has, if it lacks any of this build's
/// migrations. That one may have a lower number. A new database, and one of a later build, which
/// can't be migrated, have none.
async fn version_to_upgrade(connection: &mut WriteTx) -> sqlx::Result<Option<i64>> {
    let tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    if sql::query_number(tables).fetch_one(connection).await? == 0 {
        return Ok(None);
    }
    let applied: Vec<i64> = sql::query_scalar("SELECT version FROM _sqlx_migrations")
        .fetch_all(connection)
        .await?;
    let migrations = sqlx::migrate!("./migrations/sqlite");
    let known: Vec<i64> = migrations.iter().map(|migration| migration.version).collect();
    let is_earlier = known.iter().any(|version| !applied.contains(version));
    let is_later = applied.iter().any(|version| !known.contains(version));
    Ok(applied.into_iter().max().filter(|_| is_earlier && !is_later))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use sqlx::{ConnectOptions as _, Connection as _, migrate::Migrator, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::{Data, Store, tests::SmallDisk};

    /// A data folder of an earlier build, with a user.
    async fn earlier(folder: &Path, version: i64) {
        folder_with(folder, |migration| migration <= version).await;
    }

    async fn folder_with(folder: &Path, has: impl Fn(i64) -> bool) {
        let all = sqlx::migrate!("./migrations/sqlite");
        let before = all.migrations.iter().filter(|one| has(one.version));
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
        let mut names: Vec<_> = names.filter(|name| name.contains("upgrade")).collect();
        names.sort();
        names
    }

    async fn run(folder: &Path, statement: &'static str) {
        let options = SqliteConnectOptions::new().filename(folder.join("platform.sqlite"));
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
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
    /// The platform's folder was restored from a copy, used, and is upgraded again.
    #[tokio::test]
    async fn a_later_upgrade_makes_a_copy_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        earlier(folder.path(), 28).await;
        let stale = folder.path().join("platform-before-upgrade-0028.sqlite");
        fs::write(&stale, "of last year").unwrap();
        open(folder.path()).await;
        let names = [
            "platform-before-upgrade-0028-2.sqlite",
            "platform-before-upgrade-0028.sqlite",
        ];
        assert_eq!(copies(folder.path()), names);
        assert_eq!(fs::read_to_string(stale).unwrap(), "of last year");
        assert_eq!(users(&folder.path().join(names[0])).await, 1);
    }

    #[tokio::test]
    async fn an_upgrade_that_fails_at_each_start_makes_one_copy() {
        let folder = tempfile::tempdir().unwrap();
        earlier(folder.path(), 28).await;
        run(folder.path(), "CREATE TABLE caks (id TEXT)").await;
        for _ in 0..3 {
            assert!(Store::open(&Data::Folder(folder.path().into())).await.is_err());
            assert_eq!(copies(folder.path()), ["platform-before-upgrade-0028.sqlite"]);
        }
    }

    #[tokio::test]
    async fn a_folder_that_lacks_a_lower_migration_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        folder_with(folder.path(), |migration| migration != 60).await;
        open(folder.path()).await;
        assert_eq!(copies(folder.path()).len(), 1);
        assert_eq!(users(&folder.path().join(&copies(folder.path())[0])).await, 1);
    }

    #[tokio::test]
    async fn a_folder_of_a_later_build_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        earlier(folder.path(), 28).await;
        let later = "INSERT INTO _sqlx_migrations SELECT 9999, description, installed_on, success, checksum, execution_time
            FROM _sqlx_migrations LIMIT 1";
        run(folder.path(), later).await;
        assert!(Store::open(&Data::Folder(folder.path().into())).await.is_err());
        assert_eq!(copies(folder.path()), [""; 0]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_path_that_is_not_utf_8_has_no_copy() {
        use std::os::unix::ffi::OsStrExt;

        let folder = tempfile::tempdir().unwrap();
        earlier(folder.path(), 28).await;
        let source = crate::database::Source::of(&Data::Folder(folder.path().into())).unwrap();
        let mut connection = source.connect().await.unwrap();
        let file = folder.path().join(std::ffi::OsStr::from_bytes(b"\xff"));
        make(&mut connection, &file.join("platform.sqlite"))
            .await
            .unwrap();
        assert_eq!(copies(folder.path()), [""; 0]);
    }

    #[tokio::test]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    async fn without_space_for_the_copy_nothing_is_upgraded_or_left_behind() {
        let Some(disk) = SmallDisk::mount() else {
            eprintln!("skipped: it needs the right to mount a file system");
            return;
        };
        let folder = disk.0.path();
        earlier(folder, 28).await;
        run(folder, "CREATE TABLE large AS SELECT zeroblob(1048576) AS bytes").await;
        let filler = disk.fill();
        // Enough for the log, but not for the copy.
        let file = File::options().write(true).open(&filler).unwrap();
        file.set_len(file.metadata().unwrap().len() - (512 << 10))
            .unwrap();
        drop(file);
        let refused = Store::open(&Data::Folder(folder.into())).await.unwrap_err();
        assert!(
            matches!(&refused, Error::UpgradeCopy { source, .. } if crate::is_full(source)),
            "{refused:?}"
        );
        assert_eq!(copies(folder), [""; 0]);
        fs::remove_file(filler).unwrap();
        open(folder).await;
        assert_eq!(copies(folder), ["platform-before-upgrade-0028.sqlite"]);
    }
}

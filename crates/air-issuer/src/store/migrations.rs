//! The tables in comparison with the migrations of this build.

use sqlx::{
    AnyConnection,
    migrate::{Migrate, MigrateError},
};

use super::{SQLITE, Store, WriteTx};
use crate::Error;

/// The table in which sqlx records migrations.
const TABLE: &str = "_sqlx_migrations";

/// The state of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    /// There are none.
    Missing,
    /// The next start migrates them.
    Older,
    /// They are those of this build.
    Current,
    /// Another version made them.
    Foreign,
}

/// Compares the tables, and changes nothing.
pub(crate) async fn compare(store: &Store) -> Result<Tables, Error> {
    let mut connection = store.pool.acquire().await.map_err(Error::Open)?;
    let applied = match Migrate::list_applied_migrations(&mut *connection, TABLE).await {
        Ok(applied) => applied,
        Err(MigrateError::Execute(sqlx::Error::Database(_))) => return Ok(Tables::Missing),
        Err(error) => return Err(Error::Migrate(error)),
    };
    let known = store.migrations();
    let is_known = applied.iter().all(|applied| {
        known
            .iter()
            .any(|known| known.version == applied.version && known.checksum == applied.checksum)
    });
    Ok(match applied.len() {
        _ if !is_known => Tables::Foreign,
        0 => Tables::Missing,
        count if count < known.iter().len() => Tables::Older,
        _ => Tables::Current,
    })
}

/// Whether this build has a migration. Both kinds of database have the same versions.
pub(crate) fn is_known(version: i64) -> bool {
    SQLITE.version_exists(version)
}

/// The newest migration of the tables, which exist.
pub(crate) async fn newest(connection: &mut AnyConnection) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(connection)
        .await
}

/// Migrates the tables up to and including a version, in a transaction of the caller.
pub(crate) async fn run_to(store: &Store, tx: &mut WriteTx, version: i64) -> Result<(), Error> {
    let migrated = store.migrations().run_to(version, tx.connection()).await;
    migrated.map_err(Error::Migrate)
}

#[cfg(test)]
mod tests {
    use sqlx::migrate::{Migration, Migrator};

    use super::*;
    use crate::config::DatabaseConfig;

    /// A database of a build that had a later migration before an earlier one. Only the tables of the first two are changed later.
    #[tokio::test]
    async fn migrations_after_the_second_are_applied_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let config = |name: &str| DatabaseConfig::Sqlite(folder.path().join(name));
        let store = Store::connect(&config("all")).await.unwrap();
        let all: Vec<Migration> = store.migrations().iter().cloned().collect();
        store.close().await;
        let (base, later) = all.split_at(2);
        for early in later {
            let config = config(&early.version.to_string());
            let store = Store::connect(&config).await.unwrap();
            let some = Migrator::with_migrations([base, std::slice::from_ref(early)].concat());
            some.run(&store.pool).await.unwrap();
            assert_eq!(compare(&store).await.unwrap(), Tables::Older);
            store.close().await;
            let store = Store::open(&config).await.unwrap();
            assert_eq!(compare(&store).await.unwrap(), Tables::Current);
            store.close().await;
        }
    }

    const LATER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                         VALUES (9999, 'later', TRUE, X'00', 0)";

    #[tokio::test]
    async fn tables_of_a_later_version_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        sqlx::query(LATER).execute(store.reader()).await.unwrap();
        store.close().await;
        let refused = Store::open(&config).await;
        assert!(matches!(
            refused,
            Err(Error::Migrate(MigrateError::VersionMissing(9999)))
        ));
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn both_kinds_of_database_have_the_same_versions() {
        let versions = |known: &'static Migrator| -> Vec<i64> {
            known.iter().map(|migration| migration.version).collect()
        };
        assert_eq!(versions(&SQLITE), versions(&super::super::POSTGRES));
    }

    #[tokio::test]
    async fn tables_are_missing_then_current_then_of_another_version() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::connect(&config).await.unwrap();
        assert_eq!(compare(&store).await.unwrap(), Tables::Missing);
        store.close().await;

        let store = Store::open(&config).await.unwrap();
        assert_eq!(compare(&store).await.unwrap(), Tables::Current);
        sqlx::query(LATER).execute(store.reader()).await.unwrap();
        assert_eq!(compare(&store).await.unwrap(), Tables::Foreign);
    }
}

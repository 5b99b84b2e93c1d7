//! The tables in comparison with the migrations of this build.

use sqlx::migrate::{Migrate, MigrateError};

use super::Store;
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

#[cfg(test)]
mod tests {
    use sqlx::migrate::{Migration, Migrator};

    use super::*;
    use crate::config::DatabaseConfig;

    /// A database of a build that had a later migration before an earlier one.
    #[tokio::test]
    async fn migrations_after_the_first_are_applied_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let config = |name: &str| DatabaseConfig::Sqlite(folder.path().join(name));
        let store = Store::connect(&config("all")).await.unwrap();
        let all: Vec<Migration> = store.migrations().iter().cloned().collect();
        store.close().await;
        let (first, later) = all.split_first().unwrap();
        for early in later {
            let config = config(&early.version.to_string());
            let store = Store::connect(&config).await.unwrap();
            let some = Migrator::with_migrations(vec![first.clone(), early.clone()]);
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

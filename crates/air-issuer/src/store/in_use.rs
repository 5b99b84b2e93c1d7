//! Other programs that have the database open, such as instances of the service.

use sqlx::{AnyConnection, Connection, Executor, any::install_default_drivers};

use super::sqlite_url;
use crate::{Error, config::DatabaseConfig};

/// `SQLITE_BUSY`.
const BUSY: &str = "5";
/// In the mode `EXCLUSIVE`, the first read of a database with a write-ahead log fails if another connection is open.
const PROBE: &str =
    "PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; SELECT COUNT(*) FROM sqlite_master";
#[cfg(feature = "postgres")]
const OTHER_SESSIONS: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                              AND usename = current_user AND pid <> pg_backend_pid()";

/// The other programs that have a database open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InUse {
    /// At least one program has the SQLite database open.
    Sqlite,
    /// The number of other sessions of the same role. A session may be one of a pool or of a monitor.
    Sessions(u64),
}

/// Finds the other programs that have an existing database open.
pub(crate) async fn in_use(config: &DatabaseConfig) -> Result<InUse, Error> {
    install_default_drivers();
    match config {
        DatabaseConfig::Sqlite(folder) => {
            let mut connection = connect(&sqlite_url(folder)?).await?;
            let probed = connection.execute(PROBE).await;
            let is_busy = match &probed {
                Err(sqlx::Error::Database(error)) => error.code().is_some_and(|code| code == BUSY),
                _ => false,
            };
            connection.close().await?;
            if is_busy {
                return Ok(InUse::Sqlite);
            }
            probed?;
            Ok(InUse::Sessions(0))
        }
        #[cfg(feature = "postgres")]
        DatabaseConfig::Postgres(url) => {
            let mut connection = connect(url).await?;
            let counted = sqlx::query_scalar(OTHER_SESSIONS)
                .fetch_one(&mut connection)
                .await;
            connection.close().await?;
            let sessions: i64 = counted?;
            Ok(InUse::Sessions(super::number(sessions)))
        }
        #[cfg(not(feature = "postgres"))]
        DatabaseConfig::Postgres(_) => Err(Error::WithoutPostgres),
    }
}

async fn connect(url: &str) -> Result<AnyConnection, Error> {
    AnyConnection::connect(url).await.map_err(Error::Open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn another_connection_to_the_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        assert_eq!(in_use(&config).await.unwrap(), InUse::Sqlite);
        store.ping().await.unwrap();
        store.close().await;
        // The probe leaves no lock behind.
        for _ in 0..2 {
            assert_eq!(in_use(&config).await.unwrap(), InUse::Sessions(0));
        }
        Store::open(&config).await.unwrap().close().await;
    }

    #[tokio::test]
    async fn the_connections_of_a_service_stay_open() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        for pool in [&store.pool, &store.writers] {
            let options = pool.options();
            assert_eq!(options.get_idle_timeout(), None);
            assert_eq!(options.get_max_lifetime(), None);
        }
        store.close().await;
    }
}

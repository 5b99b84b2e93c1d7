//! Databases that must exist: only the service's start, an import and a restore create one.

use super::{
    Store,
    migrations::{self, Tables},
    sqlite_file,
};
use crate::{Error, config::DatabaseConfig};

/// Whether the file of an SQLite database is missing. The tables of an existing database may be missing, too.
pub(crate) fn is_missing(config: &DatabaseConfig) -> bool {
    match config {
        DatabaseConfig::Sqlite(folder) => !sqlite_file(folder).is_file(),
        DatabaseConfig::Postgres(_) => false,
    }
}

impl Store {
    /// Opens the database and migrates it. Returns `None`, and creates nothing, if it has no tables of the service.
    pub(crate) async fn open_existing(config: &DatabaseConfig) -> Result<Option<Self>, Error> {
        if is_missing(config) {
            return Ok(None);
        }
        let store = Self::connect(config).await?;
        match store.migrate_existing().await {
            Ok(true) => Ok(Some(store)),
            outcome => {
                store.close().await;
                outcome.map(|_| None)
            }
        }
    }

    /// Migrates the tables, and returns false if there are none.
    async fn migrate_existing(&self) -> Result<bool, Error> {
        if migrations::compare(self).await? == Tables::Missing {
            return Ok(false);
        }
        self.migrate().await.map(|()| true)
    }
}

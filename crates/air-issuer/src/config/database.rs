//! The place of the database: `DATABASE_URL`, or `sqlite` in `issuer.toml`.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::{ConfigError, Environment};

/// The place of the database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum DatabaseConfig {
    /// The file `issuer.sqlite` in this folder, for one instance.
    Sqlite(PathBuf),
    /// A PostgreSQL database, for several instances. The URL may contain a password.
    Postgres(String),
}

impl DatabaseConfig {
    pub(super) fn read(
        environment: &Environment,
        sqlite: Option<PathBuf>,
        folder: &Path,
    ) -> Result<Self, ConfigError> {
        let name = "DATABASE_URL";
        match (environment.secret(name)?, sqlite) {
            (Some(_), Some(_)) => Err(ConfigError::invalid(
                name,
                "`sqlite` in issuer.toml is set too; remove one of the two",
            )),
            (Some(url), None) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url.as_str().to_owned()))
            }
            (Some(_), None) => Err(ConfigError::invalid(
                name,
                "must be postgres://user:password@host:5432/database; for SQLite set `sqlite` in issuer.toml",
            )),
            (None, Some(path)) => Ok(Self::Sqlite(folder.join(path))),
            (None, None) => Err(ConfigError::missing(
                name,
                "set it to the URL of a PostgreSQL database, or set `sqlite` in issuer.toml to a folder: \
                 without a database nothing could be revoked",
            )),
        }
    }
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(folder) => f.debug_tuple("Sqlite").field(folder).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

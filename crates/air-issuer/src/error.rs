//! Errors of starting and running the service.

use air_ids::UnixTime;

use crate::clock::rfc3339;

/// SQLite: `SQLITE_BUSY`, also during a recovery, for a snapshot and after a timeout. PostgreSQL (`SQLSTATE`): serialization_failure,
/// deadlock_detected, too_many_connections, lock_not_available, admin_shutdown, cannot_connect_now.
const TRANSIENT: &[&str] = &[
    "5", "261", "517", "773", "40001", "40P01", "53300", "55P03", "57P01", "57P03",
];

/// The reason why the service did not start, or why a job failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database can't be opened or migrated.
    #[error(
        "failed to open the issuer's database; check that it can be reached and is from this version or an older one"
    )]
    Open(#[source] sqlx::Error),
    /// A migration failed.
    #[error(
        "failed to migrate the issuer's database; restore its backup, or start the version that it was made by"
    )]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// This build has no driver for PostgreSQL.
    #[error("this build does not support PostgreSQL; enable the Cargo feature `postgres`, or use `sqlite`")]
    WithoutPostgres,
    /// The folder of the SQLite database can't be created.
    #[error("failed to create the folder of the SQLite database; choose a folder that you can write to")]
    Folder(#[source] std::io::Error),
    /// There is no database, or it has no tables of the service.
    #[error(
        "the database has no tables of the issuer's service; check `sqlite` in issuer.toml, or DATABASE_URL"
    )]
    NoDatabase,
    /// A statement failed.
    #[error("the issuer's database failed")]
    Database(#[from] sqlx::Error),
    /// A setting differs from the setting of issued credentials.
    #[error(
        "`{name}` is now {configured}, but credentials were issued with {stored}; set it back, \
         or start a new issuer with another origin and database"
    )]
    Frozen {
        /// The setting.
        name: &'static str,
        /// The value that credentials were issued with.
        stored: String,
        /// The configured value.
        configured: String,
    },
    /// A stored value was changed from outside.
    #[error("the issuer's database is damaged: {what}; restore its backup")]
    Damaged {
        /// The damaged value.
        what: &'static str,
    },
    /// The HTTP client could not be set up.
    #[error("failed to set up TLS; check the system's certificates")]
    Setup(#[source] air_fetch::SetupError),
    /// The environment variables of OpenTelemetry are invalid.
    #[cfg(feature = "otel")]
    #[error(transparent)]
    Traces(air_server::TracesError),
    /// A credential or status list could not be signed.
    #[error("failed to sign; check the signing key and the claims")]
    Sign(#[source] air_vc::Error),
    /// A signing key can't be used.
    #[error("`{name}` can't be used: {reason}")]
    Key {
        /// The place in `issuer.toml`, or the environment variable.
        name: String,
        /// The rule or the failure, with the remedy.
        reason: String,
    },
    /// A key is not published any more, although credentials that it signed are valid.
    #[error(
        "the key `{kid}` is not published any more, but credentials that it signed are valid until {}; put it back \
         into [keys] of issuer.toml until then (its public half in the set of `published` is enough), or name it in \
         `withdrawn`, so that verifiers refuse these credentials",
        rfc3339(*until)
    )]
    KeyRemoved {
        /// The id of the key.
        kid: String,
        /// The end of the last credential.
        until: UnixTime,
    },
    /// No key of the issuer has this id.
    #[error(
        "no credential was signed with the key `{kid}`, and it was never published; check the id, and that the \
         configuration names the right database"
    )]
    UnknownKey {
        /// The id.
        kid: String,
    },
    /// A key has the id of an earlier one that signed credentials which are valid.
    #[error(
        "`{kid}` is now the id of another key, but credentials that the earlier one signed are valid until {}; give \
         the new key its own `kid`",
        rfc3339(*until)
    )]
    KeyReplaced {
        /// The id of both keys.
        kid: String,
        /// The end of the last credential.
        until: UnixTime,
    },
}

impl Error {
    pub(crate) fn key(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Key {
            name: name.into(),
            reason: reason.into(),
        }
    }

    /// The failure of a signer, which another try may not have.
    pub(crate) fn signer(&self) -> Option<&air_jwt::SignerError> {
        match self {
            Self::Sign(air_vc::Error::Signer(error)) => Some(error),
            _ => None,
        }
    }
}

impl Error {
    /// Whether the database was not reached.
    pub(crate) fn is_without_connection(&self) -> bool {
        matches!(self, Self::Database(cause) if is_connection(cause))
    }

    /// The database's error, if a retry may succeed: the database is unreachable, busy, starting or stopping.
    pub(crate) fn transient(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Database(cause) if is_transient(cause) => Some(cause),
            _ => None,
        }
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| TRANSIENT.contains(&&*code)),
        error => is_connection(error),
    }
}

fn is_connection(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed
    )
}

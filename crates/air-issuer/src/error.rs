//! Errors of starting and running the service.

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
}

//! Why a platform does not start.

use std::{io, net::SocketAddr, path::PathBuf};

/// What can go wrong when a platform starts or stops. Requests are answered with the platform's own error bodies.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken, or not ours.
    #[error("failed to listen on {address}; choose another port, or 0 for a free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder can't be made or written.
    #[error("failed to open the data folder {}; choose a folder that you can write to", path.display())]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The URL of a PostgreSQL database breaks a rule. The URL is not shown: it may have a password in it.
    #[error("invalid database URL: it {rule}; use postgres://user:password@host:5432/database")]
    DatabaseUrl {
        /// Which rule.
        rule: &'static str,
    },
    /// The database can't be opened or migrated.
    #[error("failed to open the platform's database; it may be damaged or from another version")]
    Store(#[source] sqlx::Error),
    /// The HTTP client for JWK sets can't be made.
    #[error(transparent)]
    HttpClient(#[from] air_fetch::SetupError),
    /// The certificate is invalid, or the private key belongs to another one.
    #[error("{what}; a certificate chain and its private key are needed as PEM")]
    Tls {
        /// What is wrong.
        what: &'static str,
        /// What TLS says.
        #[source]
        source: Option<rustls::Error>,
    },
    /// The certificates of the SDK's pages can't be made, or the authority that the data folder has is damaged.
    #[error(
        "failed to create the certificate of the SDK's pages; if the error persists, delete airkit-ca.pem and airkit-ca-key.pem in the data folder, and trust the new certificate"
    )]
    Certificate(#[source] rcgen::Error),
    /// A test platform can't be set up so, or does not have what was asked for.
    #[error("the test platform: {reason}")]
    SetUp {
        /// Why; the platform's own sentence where it refused.
        reason: String,
    },
    /// A test platform's partner can't sign this token, or publish these keys.
    #[error(transparent)]
    Token(air_jwt::Error),
    /// The environment's settings of OpenTelemetry can't be used.
    #[cfg(feature = "otel")]
    #[error("failed to set up the export of traces; check the OTEL_EXPORTER_OTLP variables")]
    Traces(#[source] opentelemetry_otlp::ExporterBuildError),
    /// The server ended on its own.
    #[error("the server stopped unexpectedly")]
    Server(#[source] io::Error),
}

impl Error {
    /// Whether the database refused the user or the password (`SQLSTATE` class 28).
    #[must_use]
    pub fn is_database_not_authorised(&self) -> bool {
        self.sql_state().is_some_and(|state| state.starts_with("28"))
    }

    /// Whether the database's server can't be reached now: it does not answer, it is starting or stopping, or it has no free connection.
    #[must_use]
    pub fn is_database_unreachable(&self) -> bool {
        let is_away = matches!(
            self,
            Self::Store(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut)
        );
        is_away || matches!(self.sql_state().as_deref(), Some("57P01" | "57P03" | "53300"))
    }

    fn sql_state(&self) -> Option<String> {
        match self {
            Self::Store(sqlx::Error::Database(error)) => error.code().map(Into::into),
            _ => None,
        }
    }
}

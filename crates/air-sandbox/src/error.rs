//! Why a platform does not start.

use std::{io, net::SocketAddr, path::PathBuf};

/// What can go wrong when a platform starts or stops. Requests are answered with the platform's own error bodies.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken, or not ours.
    #[error("{address} can't be listened on; choose another port, or 0 for a free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder can't be made or written.
    #[error("{} can't be used as data folder; choose one that you may write to", path.display())]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The URL of a PostgreSQL database is none.
    #[error("the database's URL is not like postgres://user:password@host:5432/database")]
    DatabaseUrl,
    /// The database can't be opened or migrated.
    #[error("the platform's database can't be opened; it may be another version's or damaged")]
    Store(#[source] sqlx::Error),
    /// The HTTP client for JWK sets can't be made.
    #[error(transparent)]
    HttpClient(#[from] air_fetch::SetupError),
    /// What is given as certificate is none, or the key is another's.
    #[error("{what}; a certificate chain and its private key are needed, as PEM")]
    Tls {
        /// What is wrong.
        what: &'static str,
        /// What TLS says.
        #[source]
        source: Option<rustls::Error>,
    },
    /// The certificates of the SDK's pages can't be made, or the authority that the data folder has is damaged.
    #[error(
        "the certificate of the SDK's pages can't be made; where it persists, delete airkit-ca.pem and airkit-ca-key.pem in the data folder and trust the new ones"
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
    #[error("traces can't be sent as the environment asks; check its OTEL_EXPORTER_OTLP variables")]
    Traces(#[source] opentelemetry_otlp::ExporterBuildError),
    /// The server ended on its own.
    #[error("the server ended unexpectedly")]
    Server(#[source] io::Error),
}

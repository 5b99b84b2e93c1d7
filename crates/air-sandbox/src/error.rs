//! Why a platform does not start.

use std::{io, net::SocketAddr};

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
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] air_store::Error),
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
    #[cfg(feature = "airkit")]
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

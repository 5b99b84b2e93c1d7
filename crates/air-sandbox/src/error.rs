//! Errors of starting and stopping a platform.

use std::{io, net::SocketAddr};

/// An error of starting or stopping a platform. Errors of requests are not here: they become the
/// platform's own error bodies.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is in use or not local.
    #[error("failed to listen on {address}; choose another port, or 0 for a free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] air_store::Error),
    /// The HTTP client for JWK sets and callbacks can't be created.
    #[error(transparent)]
    HttpClient(#[from] air_fetch::SetupError),
    /// An authority of wallet providers also certifies the keys of wallets.
    #[error(
        "wallet_providers and wallet_key_authorities have the same authority, so that a wallet's key could attest other wallets; use one for each"
    )]
    SharedWalletAuthority,
    /// The trusted proxies have every address, so that no client would have limits.
    #[error(transparent)]
    TrustedProxies(#[from] air_server::EveryAddress),
    /// The certificate is invalid or does not match the private key.
    #[cfg(feature = "https")]
    #[error("{what}; a certificate chain and its private key are needed as PEM")]
    Tls {
        /// The description of the error.
        what: &'static str,
        /// The error of the TLS library.
        #[source]
        source: Option<rustls::Error>,
    },
    /// The certificate of the SDK's pages can't be generated, or the authority in the data folder is damaged.
    #[cfg(feature = "airkit")]
    #[error(
        "failed to create the certificate of the SDK's pages; if the error persists, delete airkit-ca.pem and airkit-ca-key.pem in the data folder, and trust the new certificate"
    )]
    Certificate(#[source] rcgen::Error),
    /// A test platform can't be set up with these settings, or does not have the requested item.
    #[error("the test platform: {reason}")]
    SetUp {
        /// The reason.
        reason: String,
    },
    /// The platform refuses a test platform's seed or faults.
    #[error(transparent)]
    Refused(#[from] air_platform::Refusal),
    /// Another error of opening the platform.
    #[error(transparent)]
    Open(air_platform::Error),
    /// A test platform's partner can't sign this token or publish these keys.
    #[error(transparent)]
    Token(air_jwt::Error),
    /// The environment variables of OpenTelemetry are invalid.
    #[cfg(feature = "otel")]
    #[error(transparent)]
    Traces(air_server::TracesError),
    /// The chain can't hold the ledger's checkpoints.
    #[cfg(feature = "chain")]
    #[error(transparent)]
    Chain(#[from] crate::chain::ChainError),
    /// The server stopped unexpectedly.
    #[error("the server stopped unexpectedly")]
    Server(#[source] io::Error),
}

impl From<air_platform::Error> for Error {
    fn from(error: air_platform::Error) -> Self {
        match error {
            air_platform::Error::Store(error) => Self::Store(error),
            air_platform::Error::HttpClient(error) => Self::HttpClient(error),
            error => Self::Open(error),
        }
    }
}

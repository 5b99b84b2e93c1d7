//! The server for the AIR Kit SDK's pages: https on a separate address, with a certificate that the
//! platform generates.

mod authority;
mod proof_module;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use self::authority::Authority;
pub use self::proof_module::{InvalidProofModule, ProofModule};
use crate::{
    Data, Error, Limits,
    http::{self, HttpMetrics},
    server,
};
use air_platform::App;
use air_server::Addresses;

/// The address and the certificate of the AIR Kit SDK's pages.
#[derive(Clone, Debug)]
pub struct Airkit {
    address: SocketAddr,
    ca_certificate: String,
    ca_file: Option<PathBuf>,
}

impl Airkit {
    /// Returns the listen address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `https://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Returns the certificate (PEM) of the authority that issued the pages' certificate. The
    /// authority is limited to `localhost` and the SDK's own hosts.
    #[must_use]
    pub fn ca_certificate(&self) -> &str {
        &self.ca_certificate
    }

    /// Returns the file of the certificate if the platform's data is in a folder. Otherwise, each
    /// start generates a new certificate.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }
}

/// The listener of the pages, and the module for their proofs.
pub(crate) struct Served {
    pub(crate) listener: TcpListener,
    pub(crate) proof_module: Option<Arc<ProofModule>>,
}

/// Serves the pages until `stopped`.
pub(crate) fn open(
    Served {
        listener,
        proof_module,
    }: Served,
    data: &Data,
    app: &App,
    limits: Limits,
    metrics: HttpMetrics,
    addresses: Addresses,
    stopped: watch::Receiver<bool>,
) -> Result<(Airkit, JoinHandle<()>), Error> {
    let folder = match data {
        Data::Folder(folder) => Some(folder.as_path()),
        _ => None,
    };
    let address = listener
        .local_addr()
        .map_err(|source| Error::Server(io::Error::other(source)))?;
    let (authority, ca_file) = Authority::of(folder)?;
    let tls = authority.server_identity()?;
    let airkit = Airkit {
        address,
        ca_certificate: authority.certificate().to_owned(),
        ca_file,
    };
    let router = http::airkit_router(
        app.clone(),
        limits,
        metrics,
        &airkit.url(),
        &airkit.ca_certificate,
        addresses.clone(),
        proof_module,
    );
    let server = server::new(router, &limits, addresses, tls);
    Ok((
        airkit,
        tokio::spawn(server.serve(listener, server::stopped(stopped))),
    ))
}

//! TLS 1.2 and 1.3 with a certificate chain and its key.

use std::{fmt, io, sync::Arc};

use air_server::Handshake;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
    version::{TLS12, TLS13},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::Error;

/// The certificate chain and private key of a platform.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Reads PEM or DER: the server's certificate first, followed by its issuers' certificates, and
    /// its private key (PKCS#8, SEC1 or PKCS#1). One PEM file may contain both.
    ///
    /// # Errors
    /// [`Error::Tls`] if the chain or the key is missing or damaged, or if they don't match.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, Error> {
        let wrong = |what| move |source| Error::Tls { what, source };
        let chain: Vec<_> = air_pem::certificates(certificates)
            .map_err(|_| wrong("the certificates can't be read")(None))?
            .into_iter()
            .map(|certificate| CertificateDer::from(certificate.der().to_vec()))
            .collect();
        let key = air_pem::private_key(key)
            .ok()
            .filter(|key| !key.is_encrypted())
            .and_then(|key| PrivateKeyDer::try_from(key.der().to_vec()).ok())
            .ok_or_else(|| wrong("the private key can't be read")(None))?;
        let refused = wrong("the certificate can't be used with this key");
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| refused(Some(error)))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| refused(Some(error)))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

impl Handshake for Tls {
    type Stream = TlsStream<TcpStream>;

    async fn complete(&self, stream: TcpStream) -> io::Result<Self::Stream> {
        self.0.accept(stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

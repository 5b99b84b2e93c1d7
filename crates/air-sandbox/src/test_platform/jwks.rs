//! A server for a partner's published keys, on its own loopback port.

use std::{
    net::Ipv4Addr,
    sync::{Arc, PoisonError, RwLock},
};

use air_jwt::{JwkSet, SigningKey};
use axum::{Router, http::header, routing::get};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::Error;

/// Serves a JWK set until it is dropped.
#[derive(Debug)]
pub(super) struct PublishedKeys {
    url: String,
    set: Arc<RwLock<String>>,
    server: JoinHandle<()>,
}

impl PublishedKeys {
    #[expect(clippy::disallowed_methods, reason = "the partner's own server")]
    pub(super) async fn serve(key: &SigningKey) -> Result<Self, Error> {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let url = format!("http://{}/jwks.json", listener.local_addr().map_err(failed)?);
        let set = Arc::new(RwLock::new(JwkSet::from(key.public_jwk()).to_json()));
        let served = Arc::clone(&set);
        let answer = move || {
            let body = served.read().unwrap_or_else(PoisonError::into_inner).clone();
            async { ([(header::CONTENT_TYPE, "application/json")], body) }
        };
        let router = Router::new().route("/jwks.json", get(answer));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "a test partner's keys are not served any more");
            }
        });
        Ok(Self { url, set, server })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn publish(&self, keys: &[&SigningKey]) -> Result<(), Error> {
        let set = JwkSet::new(keys.iter().map(|key| key.public_jwk())).map_err(Error::Token)?;
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = set.to_json();
        Ok(())
    }
}

impl Drop for PublishedKeys {
    fn drop(&mut self) {
        self.server.abort();
    }
}

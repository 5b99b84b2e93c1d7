//! A set over HTTP, at `/jwks.json`.

use std::net::SocketAddr;

use air_jwt::JwkSet;
use axum::{Router, http::header, routing::get};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::exit::Failure;

/// Serves while it is held.
pub(crate) struct JwksServer {
    url: String,
    task: JoinHandle<()>,
}

impl JwksServer {
    pub(crate) async fn start(listen: SocketAddr, set: &JwkSet) -> Result<Self, Failure> {
        let unusable = |error| Failure::failed(format!("{listen} can't be listened on: {error}"));
        let listener = TcpListener::bind(listen).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let body = set.to_json();
        let answer = move || async move { ([(header::CONTENT_TYPE, "application/jwk-set+json")], body) };
        let router = Router::new().route("/jwks.json", get(answer));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            url: format!("http://{address}/jwks.json"),
            task,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for JwksServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

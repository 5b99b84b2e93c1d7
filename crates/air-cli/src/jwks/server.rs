//! Serves a key set over HTTP at `/jwks.json`.

use std::{net::SocketAddr, path::PathBuf};

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{exit::Failure, keys::KeyFolder, output::Output, time};

/// How long a platform may cache the set. A new key is published for a longer time before it signs.
const CACHE_CONTROL: &str = "public, max-age=300";

/// The set to serve.
#[derive(Clone)]
pub(crate) enum Published {
    /// A fixed set.
    Always(String),
    /// The set that a folder's timetable publishes at the time of each request.
    Folder(PathBuf, Output),
}

/// A server that runs until it is dropped.
pub(crate) struct JwksServer {
    url: String,
    task: JoinHandle<()>,
}

impl JwksServer {
    pub(crate) async fn start(listen: SocketAddr, published: Published) -> Result<Self, Failure> {
        let unusable = |error| {
            Failure::failed(format!("failed to listen on {listen}: {error}"))
                .with_hint("choose another port with --listen ADDR:PORT, or 0 for a free one")
        };
        let listener = TcpListener::bind(listen).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let answer = move || {
            let published = published.clone();
            async move { published.answer() }
        };
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

impl Published {
    fn answer(&self) -> Response {
        match self.set() {
            Ok(set) => {
                let headers = [
                    (header::CONTENT_TYPE, "application/jwk-set+json"),
                    (header::CACHE_CONTROL, CACHE_CONTROL),
                ];
                (headers, set).into_response()
            }
            // The reason names local files, so it is shown only on the terminal.
            Err(()) => (StatusCode::SERVICE_UNAVAILABLE, "the keys can't be read").into_response(),
        }
    }

    fn set(&self) -> Result<String, ()> {
        match self {
            Self::Always(set) => Ok(set.clone()),
            Self::Folder(folder, output) => KeyFolder::open(folder)
                .and_then(|keys| keys.jwk_set(time::now(), *output))
                .map(|set| set.to_json())
                .map_err(|failure| output.failure(&failure)),
        }
    }
}

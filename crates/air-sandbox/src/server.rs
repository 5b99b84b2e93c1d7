//! The HTTP server: whom it lets in, how long it waits for them, and how it ends.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tower_service::Service;

use crate::{Limits, Tls};

/// How long requests may go on once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);
/// After a failure to accept (no file descriptor is left, say).
const PAUSE: Duration = Duration::from_millis(100);

/// HTTP/1.1 on one address, in the clear or over TLS.
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Tls>,
}

impl Server {
    /// Serves until `stopped` is true or its sender is gone. Then no connection is accepted, and those that wait for a request are
    /// closed; requests that are under way may end, within 5 s.
    pub(crate) async fn serve(self, mut stopped: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let graceful = GracefulShutdown::new();
        // Dropped with the server, and every connection with it.
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = async {
                    let place = places.clone().acquire_owned().await;
                    (place, self.accept().await)
                } => accepted,
                _ = stopped.wait_for(|stop| *stop) => break,
            };
            let (Ok(place), (stream, peer)) = accepted else {
                break;
            };
            while connections.try_join_next().is_some() {}
            let connection = Connection {
                router: self.router.clone(),
                limits: self.limits,
                tls: self.tls.clone(),
                peer,
            };
            let watcher = graceful.watcher();
            connections.spawn(async move {
                connection.serve(stream, watcher).await;
                drop(place);
            });
        }
        drop(self.listener);
        let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) if is_the_callers(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// Whoever connected is gone again.
fn is_the_callers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

struct Connection {
    router: Router,
    limits: Limits,
    tls: Option<Tls>,
    peer: SocketAddr,
}

impl Connection {
    async fn serve(self, stream: TcpStream, watcher: Watcher) {
        // Answers are small and written whole: to wait for more would only delay them.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.serve_http(stream, watcher).await;
        };
        // Whoever does not shake hands in time, or not by TLS, is let go.
        let shaken = tokio::time::timeout(self.limits.head_time, tls.accept(stream));
        if let Ok(Ok(stream)) = shaken.await {
            self.serve_http(stream, watcher).await;
        }
    }

    async fn serve_http(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        watcher: Watcher,
    ) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_time)
            .max_headers(self.limits.headers)
            .max_header_size(self.limits.head_bytes);
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(self.peer));
            // A router is always ready.
            self.router.clone().call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        // Whoever goes away or sends no HTTP need not be told, nor does anyone else.
        let _ = watcher.watch(connection).await;
    }
}

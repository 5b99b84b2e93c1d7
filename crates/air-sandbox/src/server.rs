//! The HTTP server: connection limits, timeouts and shutdown.

mod lanes;
mod stalled;

use std::{convert::Infallible, io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::{IntoResponse, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tower_service::Service;

use self::{
    lanes::{Lane, Lanes, RESERVE_TIME},
    stalled::WriteTimeout,
};
use crate::{
    Limits, Tls,
    addresses::Addresses,
    http::{ErrorResponse, is_probe},
};
use air_platform::Refusal;

/// The time that requests in flight have after the server is told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// The pause after a failure to accept a connection, for example without a free file descriptor.
const PAUSE: Duration = Duration::from_millis(100);

/// The idle time before TCP keep-alive, and the interval between its probes.
const KEEP_ALIVE_TIME: Duration = Duration::from_mins(1);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// The `Retry-After` value in seconds for a connection without a place.
const RETRY_AFTER: u64 = 1;

/// HTTP/1.1 on one address, with or without TLS.
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    pub(crate) limits: Limits,
    pub(crate) addresses: Addresses,
    pub(crate) tls: Option<Tls>,
}

impl Server {
    /// Serves until `stopped` is true or its sender is dropped. Then the server accepts no
    /// connection and closes idle ones. Requests in flight may finish within 5 s.
    pub(crate) async fn serve(self, mut stopped: watch::Receiver<bool>) {
        let lanes = Lanes::new(self.limits.connections);
        let graceful = GracefulShutdown::new();
        // Dropping the server drops this set and with it every connection.
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = async { (lanes.enter().await, self.accept().await) } => accepted,
                _ = stopped.wait_for(|stop| *stop) => break,
            };
            let (lane, (stream, peer)) = accepted;
            while connections.try_join_next().is_some() {}
            let counted = self.addresses.admit(peer.ip());
            let lane = match counted {
                Some(_) => Some(lane),
                None => lanes.crowded(),
            };
            // A connection beyond the limit of its address is closed.
            let Some(lane) = lane else { continue };
            let connection = Connection {
                router: self.router.clone(),
                limits: self.limits,
                tls: self.tls.clone(),
                peer,
                lane,
            };
            let watcher = graceful.watcher();
            connections.spawn(async move {
                connection.serve(stream, watcher).await;
                drop(counted);
            });
        }
        drop(self.listener);
        let _ = timeout(GRACE, graceful.shutdown()).await;
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

/// Checks whether the client disconnected.
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
    lane: Lane,
}

impl Connection {
    async fn serve(self, stream: TcpStream, watcher: Watcher) {
        // Responses are small and written as a whole, so Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        keep_alive(&stream);
        let Some(tls) = &self.tls else {
            return self.serve_http(stream, watcher).await;
        };
        // A peer whose TLS handshake fails or is late is disconnected.
        let shaken = timeout(self.head_time(), tls.accept(stream));
        if let Ok(Ok(stream)) = shaken.await {
            self.serve_http(stream, watcher).await;
        }
    }

    /// Returns the time limit of a handshake or of a request's head.
    fn head_time(&self) -> Duration {
        if self.lane.has_place() {
            self.limits.head_time
        } else {
            self.limits.head_time.min(RESERVE_TIME)
        }
    }

    async fn serve_http(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        watcher: Watcher,
    ) {
        let stream = WriteTimeout::new(stream, self.limits.write_time);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .keep_alive(self.lane.has_place())
            .header_read_timeout(self.head_time())
            .max_headers(self.limits.headers)
            .max_header_size(self.limits.head_bytes);
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(self.peer));
            answer(self.router.clone(), self.lane.clone(), request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        // The peer disconnected or sent no HTTP, so there is nothing to report.
        let _ = watcher.watch(connection).await;
    }
}

/// Handles a probe in any lane. Other requests need a place.
async fn answer(mut router: Router, lane: Lane, request: Request) -> Result<Response, Infallible> {
    if is_probe(request.uri().path()) || lane.take_place().await {
        // A router is always ready.
        return router.call(request).await;
    }
    let refusal = Refusal::unavailable("too many connections; close some, or try again later");
    Ok(ErrorResponse(refusal.retry_after(RETRY_AFTER)).into_response())
}

/// Enables TCP keep-alive, so that the operating system detects a lost peer.
fn keep_alive(stream: &TcpStream) {
    let asking = TcpKeepalive::new()
        .with_time(KEEP_ALIVE_TIME)
        .with_interval(KEEP_ALIVE_INTERVAL);
    // If this fails, the limits of requests and writes still apply.
    let _ = SockRef::from(stream).set_tcp_keepalive(&asking);
}

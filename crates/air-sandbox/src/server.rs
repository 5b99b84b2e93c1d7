//! The HTTP server: whom it lets in, how long it waits for them, and how it ends.

mod addresses;
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

pub(crate) use self::addresses::Addresses;
use self::{
    lanes::{Lane, Lanes, RESERVE_TIME},
    stalled::WriteTimeout,
};
use crate::{Limits, Tls, domain::Refusal, http::is_probe};

/// How long requests may go on once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);
/// After a failure to accept (no file descriptor is left, say).
const PAUSE: Duration = Duration::from_millis(100);

/// How long a connection is silent before its peer is asked whether it is there, and how long between questions.
const KEEP_ALIVE_TIME: Duration = Duration::from_mins(1);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// When to connect again, in seconds, if all places are taken.
const RETRY_AFTER: u64 = 1;

/// HTTP/1.1 on one address, in the clear or over TLS.
pub(crate) struct Server {
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    pub(crate) limits: Limits,
    pub(crate) addresses: Addresses,
    pub(crate) tls: Option<Tls>,
}

impl Server {
    /// Serves until `stopped` is true or its sender is gone. Then no connection is accepted, and those that wait for a request are
    /// closed; requests that are under way may end, within 5 s.
    pub(crate) async fn serve(self, mut stopped: watch::Receiver<bool>) {
        let lanes = Lanes::new(self.limits.connections);
        let graceful = GracefulShutdown::new();
        // Dropped with the server, and every connection with it.
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
            // A connection too many of its address is closed.
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

/// Whether the client disconnected.
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
        // Answers are small and written whole: to wait for more would only delay them.
        let _ = stream.set_nodelay(true);
        keep_alive(&stream);
        let Some(tls) = &self.tls else {
            return self.serve_http(stream, watcher).await;
        };
        // A peer that does not shake hands in time, or not by TLS, is let go.
        let shaken = timeout(self.head_time(), tls.accept(stream));
        if let Ok(Ok(stream)) = shaken.await {
            self.serve_http(stream, watcher).await;
        }
    }

    /// How long a handshake, or the head of a request may take.
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
        // A peer that goes away or sends no HTTP need not be told, nor does anyone else.
        let _ = watcher.watch(connection).await;
    }
}

/// Answers a probe in any lane, and other requests at a place.
async fn answer(mut router: Router, lane: Lane, request: Request) -> Result<Response, Infallible> {
    if is_probe(request.uri().path()) || lane.take_place().await {
        // A router is always ready.
        return router.call(request).await;
    }
    let refusal = Refusal::unavailable("too many connections; close some, or try again later");
    Ok(refusal.retry_after(RETRY_AFTER).into_response())
}

/// Has the system ask a silent peer whether it is still there.
fn keep_alive(stream: &TcpStream) {
    let asking = TcpKeepalive::new()
        .with_time(KEEP_ALIVE_TIME)
        .with_interval(KEEP_ALIVE_INTERVAL);
    // Without it, the limits of requests and writes still hold.
    let _ = SockRef::from(stream).set_tcp_keepalive(&asking);
}

//! One connection: its handshake, its requests, and its end.

use std::{convert::Infallible, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tower_service::Service;

use super::{
    Server,
    lanes::{Lane, RESERVE_TIME},
    stalled::WriteTimeout,
};
use crate::Handshake;

/// The idle time before TCP keep-alive, and the interval between its probes.
const KEEP_ALIVE_TIME: Duration = Duration::from_mins(1);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);
/// The time in which the first request of a connection must arrive after the server is told to stop. Without
/// it, a request that has reached this machine would be lost, because hyper closes a connection from which
/// it has read nothing.
const FIRST_REQUEST_TIME: Duration = Duration::from_secs(1);

pub(super) struct Connection<H> {
    pub(super) server: Server<H>,
    pub(super) peer: SocketAddr,
    pub(super) lane: Lane,
    pub(super) draining: watch::Receiver<bool>,
}

impl<H: Handshake> Connection<H> {
    pub(super) async fn serve(self, stream: TcpStream) {
        // Responses are small and written as a whole, so Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        keep_alive(&stream);
        // A peer whose handshake fails or is late is disconnected.
        let completed = timeout(self.head_time(), self.server.handshake.complete(stream)).await;
        if let Ok(Ok(stream)) = completed {
            self.serve_http(stream).await;
        }
    }

    /// Returns the time limit of a handshake or of a request's head.
    fn head_time(&self) -> Duration {
        let limit = self.server.limits.head_time;
        if self.lane.has_place() {
            limit
        } else {
            limit.min(RESERVE_TIME)
        }
    }

    async fn serve_http(mut self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let limits = self.server.limits;
        let stream = WriteTimeout::new(stream, limits.write_time);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .keep_alive(self.lane.has_place())
            .header_read_timeout(self.head_time())
            .max_headers(limits.headers)
            .max_header_size(limits.head_bytes);
        let (arrived, mut first) = watch::channel(false);
        let (server, lane, peer) = (self.server, self.lane, self.peer);
        let service = service_fn(move |request: Request<Incoming>| {
            arrived.send_replace(true);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            answer(server.clone(), lane.clone(), request)
        });
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        // An end of the connection needs no report: the peer disconnected or sent no HTTP.
        tokio::select! {
            _ = connection.as_mut() => return,
            // The sender lives as long as the server.
            _ = self.draining.wait_for(|draining| *draining) => {}
        }
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = timeout(FIRST_REQUEST_TIME, first.wait_for(|arrived| *arrived)) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// Handles a probe in any lane. Other requests need a place.
async fn answer<H>(mut server: Server<H>, lane: Lane, request: Request) -> Result<Response, Infallible> {
    if (server.is_probe)(request.uri().path()) || lane.take_place().await {
        // A router is always ready.
        return server.router.call(request).await;
    }
    Ok((server.crowded)())
}

/// Enables TCP keep-alive, so that the operating system detects a lost peer.
fn keep_alive(stream: &TcpStream) {
    let asking = TcpKeepalive::new()
        .with_time(KEEP_ALIVE_TIME)
        .with_interval(KEEP_ALIVE_INTERVAL);
    // If this fails, the limits of requests and writes still apply.
    let _ = SockRef::from(stream).set_tcp_keepalive(&asking);
}

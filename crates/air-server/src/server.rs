//! The HTTP server: connection limits, timeouts and shutdown.

mod connection;
mod lanes;
mod stalled;

use std::{fmt, future::Future, io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, response::Response};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use self::{
    connection::Connection,
    lanes::{Lane, Lanes},
};
use crate::{Addresses, ConnectionLimits, Handshake};

/// The pause after a failure to accept a connection, for example without a free file descriptor.
const PAUSE: Duration = Duration::from_millis(100);

/// HTTP/1.1 under limits. Each request has a [`ConnectInfo`](axum::extract::ConnectInfo) with the address of
/// its peer.
#[derive(Clone)]
pub struct Server<H> {
    /// The routes.
    pub router: Router,
    /// The limits of each connection, and of all together.
    pub limits: ConnectionLimits,
    /// The limit of the connections of each address.
    pub addresses: Addresses,
    /// TLS, or [`Plain`](crate::Plain).
    pub handshake: H,
    /// Checks whether a path belongs to a probe, which gets a response beyond the limit of connections.
    pub is_probe: fn(&str) -> bool,
    /// Makes the response to other requests beyond this limit: a 503 in the form of the server's errors.
    pub crowded: fn() -> Response,
}

impl<H: Handshake> Server<H> {
    /// Serves until `stop` is ready. Then the server closes idle connections, and completes the requests in
    /// flight within [`ConnectionLimits::drain_time`]. Connections that wait to be accepted are served, too.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()> + Send) {
        let lanes = Lanes::new(self.limits.connections);
        let (drain, draining) = watch::channel(false);
        // Dropping this future drops the set and with it every connection.
        let mut connections = JoinSet::new();
        let mut accepted = None;
        let mut stop = pin!(stop);
        loop {
            let lane = tokio::select! {
                lane = admit(&lanes, &listener, &mut accepted) => lane,
                () = &mut stop => break,
            };
            while connections.try_join_next().is_some() {}
            if let Some(accepted) = accepted.take() {
                self.spawn(&mut connections, &lanes, lane, accepted, &draining);
            }
        }
        let waiting = accepted.into_iter().chain(pending(listener));
        drain.send_replace(true);
        let drained = async {
            for accepted in waiting {
                let lane = lanes.enter().await;
                self.spawn(&mut connections, &lanes, lane, accepted, &draining);
            }
            while connections.join_next().await.is_some() {}
        };
        let _ = timeout(self.limits.drain_time, drained).await;
    }

    /// Serves a connection, unless its address has too many.
    fn spawn(
        &self,
        connections: &mut JoinSet<()>,
        lanes: &Lanes,
        lane: Lane,
        (stream, peer): (TcpStream, SocketAddr),
        draining: &watch::Receiver<bool>,
    ) {
        let counted = self.addresses.admit(peer.ip());
        let lane = match counted {
            Some(_) => Some(lane),
            None => lanes.crowded(),
        };
        // A connection beyond the limit of its address is closed.
        let Some(lane) = lane else { return };
        let connection = Connection {
            server: self.clone(),
            peer,
            lane,
            draining: draining.clone(),
        };
        connections.spawn(async move {
            connection.serve(stream).await;
            drop(counted);
        });
    }
}

impl<H> fmt::Debug for Server<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Accepts a connection when a lane is free for it. The lane is taken afterwards: one that waits for a client
/// would hold a place that a connection of the reserve needs. The connection is in `accepted`, so that it is
/// kept if the server stops before the lane is taken.
async fn admit(
    lanes: &Lanes,
    listener: &TcpListener,
    accepted: &mut Option<(TcpStream, SocketAddr)>,
) -> Lane {
    drop(lanes.enter().await);
    *accepted = Some(accept(listener).await);
    lanes.enter().await
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_the_callers(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Returns the connections that wait to be accepted, and closes the listener. Closing it resets those that
/// still wait, and with them the requests that they have sent.
fn pending(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let mut pending = Vec::new();
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                let stream = stream
                    .set_nonblocking(true)
                    .and_then(|()| TcpStream::from_std(stream));
                pending.extend(stream.ok().map(|stream| (stream, peer)));
            }
            Err(error) if is_the_callers(&error) => {}
            // The listener does not block: none waits.
            Err(_) => return pending,
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

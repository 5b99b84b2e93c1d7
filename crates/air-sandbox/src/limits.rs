//! The limits on one caller's use of the server.

use std::{num::NonZeroU32, time::Duration};

use air_server::ConnectionLimits;

/// The limits of connections and requests. [`Limits::default`] is suitable for a platform that
/// others can reach. The limits of bodies depend on the route: 32 MiB for a document, 256 KiB
/// otherwise. A response that has begun has no time limit: a stream is not a slow caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of connections that are served at once. A few more connections get responses to
    /// probes (`/healthz`, `/readyz`). Other requests on them wait for 2 s and then get a 503. All
    /// further connections wait to be accepted.
    pub connections: usize,
    /// The number of connections of one address. Further ones get a response to a probe or are
    /// closed. An IPv6 address counts by its first 64 bits.
    /// [`Config::trusted_proxies`](crate::Config::trusted_proxies) have no such limit.
    pub connections_per_address: usize,
    /// The maximum number of a request's headers. Beyond it, the response is a 431.
    pub headers: usize,
    /// The maximum size of a request's headers and first line, in bytes. Beyond it, the response is a 431.
    pub head_bytes: usize,
    /// The time limit of a TLS handshake, and of the arrival of a request's head. It also limits
    /// how long a connection may be idle.
    pub head_time: Duration,
    /// The time limit of the arrival of a request's body. Beyond it, the response is a 408.
    pub body_time: Duration,
    /// The time limit from then until the response begins. Beyond it, the response is a 503.
    pub answer_time: Duration,
    /// The time for which a peer may accept no written data. After it, the connection is closed.
    pub write_time: Duration,
    /// The total size in bytes of all bodies above 256 KiB that are being received and handled.
    /// Beyond it, the response is a 503. One partner's bodies may take a quarter of it, but at
    /// least one body. Beyond that, the response is a 429.
    pub large_bodies: usize,
    /// The number of requests per second (and at once) from one address, without probes. Beyond it,
    /// the response is a 429. An IPv6 address counts by its first 64 bits. Defaults to no limit,
    /// because all clients on loopback share one address.
    pub rate: Option<NonZeroU32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_address: 256,
            headers: 64,
            head_bytes: 32 * 1024,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_mins(1),
            answer_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            large_bodies: 256 * 1024 * 1024,
            rate: None,
        }
    }
}

impl Limits {
    /// The limits of connections, which the server enforces.
    pub(crate) fn of_connections(&self) -> ConnectionLimits {
        ConnectionLimits {
            connections: self.connections,
            headers: self.headers,
            head_bytes: self.head_bytes,
            head_time: self.head_time,
            write_time: self.write_time,
            ..ConnectionLimits::default()
        }
    }
}

//! The limits on connections.

use std::time::Duration;

/// The limits of a [`Server`](crate::Server). The default is suitable for a server that others can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The number of connections that are served at once. A few more connections get responses to
    /// probes. Other requests on them wait for 2 s and then get a 503. All further connections wait
    /// to be accepted.
    pub connections: usize,
    /// The maximum number of a request's headers. Beyond it, the response is a 431.
    pub headers: usize,
    /// The maximum size of a request's headers and first line, in bytes. Beyond it, the response is a 431.
    pub head_bytes: usize,
    /// The time limit of a handshake, and of the arrival of a request's head. It also limits how long a
    /// connection may be idle.
    pub head_time: Duration,
    /// The time for which a peer may accept no written data. After it, the connection is closed.
    pub write_time: Duration,
    /// The time that requests in flight have after the server is told to stop.
    pub drain_time: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            headers: 64,
            head_bytes: 32 * 1024,
            head_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(5),
        }
    }
}

//! Ports of this machine for servers that a test starts later, or again.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port that no other program gets while this value exists. A server of the test can listen on
/// it, because both sockets permit the reuse of their address. A connection is refused if no server
/// listens.
pub(crate) struct ReservedPort(TcpSocket);

impl ReservedPort {
    pub(crate) fn new() -> Self {
        Self::at("127.0.0.1:0").unwrap()
    }

    /// Reserves the port of an ended server. `None` if another program has it.
    pub(crate) fn at(address: &str) -> Option<Self> {
        let address: SocketAddr = address.parse().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).ok().map(|()| Self(socket))
    }

    pub(crate) fn number(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// `127.0.0.1:PORT`, for `--listen`.
    pub(crate) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }
}

//! Replaces `tls.rs` in builds without the feature `https`. Its type has no values, so the rest of
//! the crate needs no `cfg`.

use std::io;

use air_server::Handshake;
use tokio::net::TcpStream;

/// The certificate chain and private key of a platform. Only the feature `https` can create one.
#[derive(Clone, Debug)]
pub struct Tls(Never);

/// The type of values that do not exist.
#[derive(Clone, Debug)]
enum Never {}

impl Handshake for Tls {
    type Stream = TcpStream;

    async fn complete(&self, _: TcpStream) -> io::Result<TcpStream> {
        match self.0 {}
    }
}

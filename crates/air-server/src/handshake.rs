//! The step between a TCP connection and HTTP, such as TLS.

use std::{future::Future, io};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

/// Turns a TCP connection into the stream that HTTP uses.
pub trait Handshake: Clone + Send + Sync + 'static {
    /// The stream after the handshake.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Completes the handshake. The server limits its time, and closes the connection if it fails.
    fn complete(&self, stream: TcpStream) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// No handshake: HTTP on the TCP connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Handshake for Plain {
    type Stream = TcpStream;

    async fn complete(&self, stream: TcpStream) -> io::Result<TcpStream> {
        Ok(stream)
    }
}

//! The server over TCP.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panic"
)]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use air_server::{Addresses, ConnectionLimits, Plain, Server};
use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    time::timeout,
};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(30);

fn server(limits: ConnectionLimits) -> Server<Plain> {
    Server {
        router: Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/healthz", get(|| async { "well" })),
        limits,
        addresses: Addresses::new(1_000, &[]),
        handshake: Plain,
        is_probe: |path| path == "/healthz",
        crowded: || StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Reads until the server closes the connection.
async fn read(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut text))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn requests_that_wait_when_the_server_stops_get_a_response() {
    let (listener, address) = listen().await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(REQUEST).await.unwrap();
        clients.push(client);
    }
    let stop = std::future::ready(());
    let serving = tokio::spawn(server(ConnectionLimits::default()).serve(listener, stop));
    for client in clients {
        let response = read(client).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response:?}");
        assert!(response.ends_with("hello"), "{response:?}");
    }
    timeout(PATIENCE, serving).await.unwrap().unwrap();
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the listener is closed"
    );
}

#[tokio::test]
async fn connections_beyond_the_lanes_are_served_when_the_server_stops() {
    let (listener, address) = listen().await;
    let (begun, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let limits = ConnectionLimits {
        connections: 1,
        drain_time: PATIENCE,
        ..ConnectionLimits::default()
    };
    let mut server = server(limits);
    let held = {
        let (begun, release) = (begun.clone(), release.clone());
        move || async move {
            begun.notify_one();
            release.notified().await;
            "held"
        }
    };
    server.router = server.router.route("/held", get(held));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve(listener, async move {
        let _ = stopped.await;
    }));
    let mut first = TcpStream::connect(address).await.unwrap();
    first
        .write_all(b"GET /held HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    timeout(PATIENCE, begun.notified()).await.unwrap();
    // More than the lanes beside the place.
    let mut clients = vec![first];
    for _ in 0..40 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(REQUEST).await.unwrap();
        clients.push(client);
    }
    stop.send(()).unwrap();
    let closed = async { while TcpStream::connect(address).await.is_ok() {} };
    timeout(PATIENCE, closed).await.unwrap();
    release.notify_one();
    for client in clients {
        let response = read(client).await;
        assert!(response.starts_with("HTTP/1.1 "), "{response:?}");
    }
    timeout(PATIENCE, serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_idle_connection_does_not_delay_the_end() {
    let (listener, address) = listen().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let limits = ConnectionLimits {
        drain_time: PATIENCE * 10,
        head_time: PATIENCE * 10,
        ..ConnectionLimits::default()
    };
    let serving = tokio::spawn(server(limits).serve(listener, async move {
        let _ = stopped.await;
    }));
    let silent = TcpStream::connect(address).await.unwrap();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(REQUEST).await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stop.send(()).unwrap();
    timeout(PATIENCE, serving).await.unwrap().unwrap();
    assert_eq!(read(silent).await, "", "it is closed without a response");
}

#[tokio::test]
async fn a_client_with_a_slow_head_is_cut_and_its_place_is_free() {
    let (listener, address) = listen().await;
    let limits = ConnectionLimits {
        connections: 1,
        // An honest client sends its head within it, also on a slow machine.
        head_time: Duration::from_secs(5),
        ..ConnectionLimits::default()
    };
    let serving = tokio::spawn(server(limits).serve(listener, std::future::pending()));
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: local").await.unwrap();
    let cut = read(slow).await;
    assert!(!cut.starts_with("HTTP/1.1 200"), "{cut:?}");
    let mut honest = TcpStream::connect(address).await.unwrap();
    honest.write_all(REQUEST).await.unwrap();
    let response = read(honest).await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response:?}");
    serving.abort();
}

//! Connections of strangers, and the restart of a server that has requests.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::support::{API_KEY, Issuer, TestEnv};

const PATIENCE: Duration = Duration::from_mins(1);

struct Serving {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn serve(issuer: &Issuer) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let service = issuer.service.clone();
    let server = tokio::spawn(async move {
        let ended = async move { ended.await.expect("the test ends the server") };
        service.serve(listener, ended).await
    });
    Serving { address, end, server }
}

async fn connect(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// Reads until the server closes the connection.
async fn read(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A server that closes early may reset the connection.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut text)).await.unwrap();
    String::from_utf8(text).unwrap()
}

fn issue(body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST /issue-vc HTTP/1.1\r\nhost: localhost\r\nx-api-key: {API_KEY}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_are_cut_and_an_honest_client_is_served() {
    let env = TestEnv::new().await;
    let issuer = env
        .start_with_toml("http.connections = 4\nhttp.head-timeout = \"1s\"")
        .await;
    let serving = serve(&issuer).await;
    let mut house = Vec::new();
    for _ in 0..64 {
        // Some are silent, some send a head that never ends.
        house.push(connect(serving.address, "").await);
        house.push(connect(serving.address, "GET /healthz HTTP/1.1\r\nhost: local").await);
    }
    let honest = connect(serving.address, &issue(&env.request())).await;
    let response = read(honest).await;
    assert!(response.starts_with("HTTP/1.1 201"), "{response:?}");
    for stream in house {
        let cut = read(stream).await;
        assert!(!cut.starts_with("HTTP/1.1 200"), "{cut:?}");
    }
    serving.end.send(()).unwrap();
    serving.server.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_loses_no_request() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let serving = serve(&issuer).await;
    let request = issue(&env.request());
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(connect(serving.address, &request).await);
    }
    serving.end.send(()).unwrap();
    for client in clients {
        let response = read(client).await;
        assert!(response.starts_with("HTTP/1.1 201"), "{response:?}");
    }
    timeout(PATIENCE, serving.server).await.unwrap().unwrap().unwrap();
    assert_eq!(
        env.platform.stored().len(),
        1,
        "equal requests are one credential"
    );

    let next = env.start().await;
    assert_eq!(next.issue(&env.request()).await, 201);
    assert_eq!(env.platform.stored().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_response_in_time_is_ended() {
    let env = TestEnv::new().await;
    let issuer = env.start_with_toml("http.request-timeout = \"6s\"").await;
    let serving = serve(&issuer).await;
    let head = format!(
        "POST /issue-vc HTTP/1.1\r\nhost: localhost\r\nx-api-key: {API_KEY}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{{"
    );
    let response = read(connect(serving.address, &head).await).await;
    assert!(response.starts_with("HTTP/1.1 503"), "{response:?}");
    assert!(response.contains("\"timed_out\""), "{response:?}");
    serving.end.send(()).unwrap();
    serving.server.await.unwrap().unwrap();
}

//! The cost of unknown callers. A program of its own, since it measures the memory of its process.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]
#![cfg(target_os = "linux")]

use std::time::Duration;

use air_sandbox::{Config, Platform};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const MIB: usize = 1024 * 1024;
/// The most that all of it may add.
const GROWTH: usize = 60 * MIB;
const OBJECT: usize = 32 * MIB;
const PAGE: usize = 4096;

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * PAGE
}

/// All but the last byte of a document, as far as it is taken.
async fn send_half(platform: &Platform) -> TcpStream {
    let head = format!(
        "POST /sandbox/v1/dstorage/objects?coreClaimHash={}&name=x HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {OBJECT}\r\n\r\n",
        "0".repeat(64)
    );
    let mut stream = TcpStream::connect(platform.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let some = [0; 16 * 1024];
    for _ in 0..(OBJECT - 1) / some.len() {
        // The platform has answered, and takes no more.
        let writing = timeout(Duration::from_secs(5), stream.write_all(&some));
        if !matches!(writing.await, Ok(Ok(()))) {
            break;
        }
    }
    stream
}

#[tokio::test]
async fn strangers_cost_no_memory_that_stays() {
    let platform = Platform::start(Config::default()).await.unwrap();
    let client = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", platform.url());
    let healthy = client.get(url("/healthz")).send().await.unwrap();
    assert_eq!(healthy.status(), StatusCode::OK);
    let before = resident();

    let halves: Vec<_> = (0..20).map(|_| send_half(&platform)).collect();
    let mut halves = futures_util::future::join_all(halves).await;
    let answered = resident();
    for half in &mut halves {
        let mut answer = [0; 12];
        // A connection that was reset had its answer before.
        if half.read_exact(&mut answer).await.is_ok() {
            assert_eq!(&answer, b"HTTP/1.1 401");
        }
    }
    drop(halves);
    assert!(
        answered.saturating_sub(before) < GROWTH,
        "{} MiB for bodies of strangers",
        (answered - before) / MIB
    );

    let body = format!(r#"{{"{}":1}}"#, "A".repeat(262_000));
    for number in 0..1000 {
        // Anybody, and who may set up: to the latter the answer names the field.
        let (path, status) = match number % 2 {
            0 => ("/sandbox/v1/sessions", StatusCode::UNAUTHORIZED),
            _ => ("/sandbox/v1/partners", StatusCode::BAD_REQUEST),
        };
        let answer = client.post(url(path)).body(body.clone()).send().await;
        // An answer that comes before the body may be lost with the connection.
        let Ok(answer) = answer else { continue };
        assert_eq!(answer.status(), status, "{path}");
        let answer = answer.bytes().await.unwrap();
        assert!(answer.len() < 2048, "{path}: {} bytes", answer.len());
    }
    let log = client.get(url("/sandbox/v1/logs")).send().await.unwrap();
    let log = log.bytes().await.unwrap();
    assert!(log.len() < 2 * MIB, "{} bytes of log", log.len());
    let requests: Value = serde_json::from_slice(&log).unwrap();
    assert!(requests["requests"].as_array().unwrap().len() > 500);
    let after = resident();
    assert!(
        after.saturating_sub(before) < GROWTH,
        "{} MiB in the end",
        (after - before) / MIB
    );
}

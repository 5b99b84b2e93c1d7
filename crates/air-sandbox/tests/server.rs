//! The server's bounds: what is too much, too slow or too many, and how it ends.

use std::time::{Duration, Instant};

use air_sandbox::{Config, Limits, Platform};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// A time limit that no honest client of the test has to keep.
const SHORT: Duration = Duration::from_millis(150);
/// A time limit that an honest client keeps on a slow machine, too.
const KEPT: Duration = Duration::from_secs(5);

const CATALOGUE: &str = "GET /v1/catalog/schemas HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const LARGE: &str = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n";

async fn start(limits: Limits) -> Platform {
    let mut config = Config::default();
    config.limits = limits;
    Platform::start(config).await.unwrap()
}

/// A connection on which this was sent.
async fn send(platform: &Platform, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(platform.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the server closes; a minute of waiting is a failure.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let reading = stream.read_to_string(&mut text);
    // A connection that is reset has said what it had to.
    let _ = timeout(Duration::from_mins(1), reading)
        .await
        .expect("the server closes");
    text
}

async fn is_healthy(platform: &Platform) -> bool {
    let answer = reqwest::get(format!("{}/healthz", platform.url())).await.unwrap();
    answer.status() == StatusCode::OK
}

#[tokio::test]
async fn who_sends_a_head_too_slowly_or_nothing_at_all_is_let_go() {
    let platform = start(Limits {
        head_time: KEPT,
        ..Limits::default()
    })
    .await;
    let slow = send(&platform, "GET /healthz HTTP/1.1\r\nhost: x\r\nx-more: ").await;
    let silent = send(&platform, "").await;
    let idle = send(&platform, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(is_healthy(&platform).await);
    assert_eq!(rest(slow).await, "");
    assert_eq!(rest(silent).await, "");
    let answered = rest(idle).await;
    assert_eq!(answered.matches("HTTP/1.1 200").count(), 1, "{answered}");
}

#[tokio::test]
async fn a_head_has_so_many_headers_and_bytes() {
    let limits = Limits {
        headers: 5,
        head_bytes: 1000,
        ..Limits::default()
    };
    let platform = start(limits).await;
    let head = |headers: usize, bytes: usize| {
        let end = "x: 1\r\n".repeat(headers - 2) + "\r\n";
        let begin = "GET /healthz HTTP/1.1\r\nconnection: close\r\nhost: ";
        format!("{begin}{:x<1$}\r\n{end}", "", bytes - begin.len() - 2 - end.len())
    };
    for (headers, bytes, status) in [
        (5, 200, "200"),
        (6, 200, "431"),
        (5, 999, "200"),
        (5, 1001, "431"),
    ] {
        let answer = rest(send(&platform, &head(headers, bytes)).await).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{headers} {bytes}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_connection_too_many_waits_for_a_place() {
    let platform = start(Limits {
        connections: 2,
        ..Limits::default()
    })
    .await;
    let first = send(&platform, "GET").await;
    let second = send(&platform, "GET").await;
    assert!(is_healthy(&platform).await, "a probe needs no place");
    let third = tokio::spawn(rest(send(&platform, CATALOGUE).await));
    tokio::pin!(third);
    assert!(
        timeout(SHORT, &mut third).await.is_err(),
        "it was served beside two"
    );
    drop(first);
    assert!(third.await.unwrap().starts_with("HTTP/1.1 200 "));
    drop(second);
    assert!(is_healthy(&platform).await);
}

#[tokio::test]
async fn a_body_has_a_size_and_a_time() {
    let platform = start(Limits::default()).await;
    let url = format!("{}/sandbox/v1/partners", platform.url());
    for (length, status) in [(256 * 1024, 400), (256 * 1024 + 1, 413)] {
        let sending = reqwest::Client::new().post(&url).body(" ".repeat(length));
        let answer = sending.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], status);
    }
    let platform = start(Limits {
        body_time: SHORT,
        ..Limits::default()
    })
    .await;
    let head = "POST /sandbox/v1/partners HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{";
    let answer = rest(send(&platform, head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("the body did not arrive in time"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_has_begun_may_last() {
    let platform = start(Limits {
        body_time: KEPT / 5,
        answer_time: KEPT / 5,
        ..Limits::default()
    })
    .await;
    // Both are longer than the two limits together.
    for fault in ["slow-body=2500", "delay=2500"] {
        let asking = reqwest::Client::new()
            .get(format!("{}/healthz", platform.url()))
            .header("x-air-fault", fault);
        let answer = asking.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{fault}");
        assert_eq!(answer.json::<Value>().await.unwrap()["status"], "ok", "{fault}");
    }
}

#[tokio::test]
async fn a_stop_waits_for_requests_and_not_for_idle_connections() {
    let platform = start(Limits::default()).await;
    let address = platform.address();
    let mut idle = send(&platform, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut buffer = [0; 1024];
    assert!(idle.read(&mut buffer).await.unwrap() > 0);
    let head = "POST /sandbox/v1/partners HTTP/1.1\r\nhost: 127.0.0.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    let mut open = send(&platform, head).await;
    // The call reads its body: it is under way.
    assert!(open.read(&mut buffer).await.unwrap() > 0);
    let begun = Instant::now();
    let stopping = tokio::spawn(platform.stop());
    assert_eq!(
        idle.read(&mut buffer).await.unwrap(),
        0,
        "an idle connection is closed"
    );
    assert!(
        begun.elapsed() < KEPT,
        "it is closed before the grace of requests ends"
    );
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    timeout(Duration::from_mins(1), refused)
        .await
        .expect("it stops listening");
    open.write_all(b"{}").await.unwrap();
    let answer = rest(open).await;
    assert!(answer.contains("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("missing field"), "{answer}");
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_waits_no_longer_than_its_grace() {
    let platform = start(Limits::default()).await;
    let half = send(&platform, "GET /healthz HTTP/1.1\r\n").await;
    assert!(is_healthy(&platform).await);
    timeout(Duration::from_secs(30), platform.stop())
        .await
        .expect("it ends")
        .unwrap();
    assert_eq!(rest(half).await, "");
}

#[tokio::test]
async fn an_address_that_sends_too_many_is_told_when_to_ask_again() {
    let platform = start(Limits {
        rate: std::num::NonZeroU32::new(3),
        ..Limits::default()
    })
    .await;
    let url = format!("{}/v1/catalog/schemas", platform.url());
    let client = reqwest::Client::new();
    // One after another, they would not exceed the rate on a slow machine.
    let answers = join_all((0..100).map(|_| client.get(&url).send())).await;
    let refused = answers
        .into_iter()
        .map(Result::unwrap)
        .find(|answer| answer.status() != StatusCode::OK)
        .expect("a hundred at once are too many");
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert!(refused.headers().contains_key("x-request-id"));
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], 429);
    for _ in 0..10 {
        assert!(is_healthy(&platform).await, "probes are not counted");
    }
    let served = async { while client.get(&url).send().await.unwrap().status() != StatusCode::OK {} };
    timeout(Duration::from_mins(1), served)
        .await
        .expect("it is served again");
}

/// More than the buffers of a connection take, asked for by a client that reads none of it.
async fn read_nothing(platform: &Platform) -> TcpStream {
    send(platform, &LARGE.repeat(40)).await
}

#[tokio::test]
async fn a_client_that_reads_nothing_loses_its_place() {
    let platform = start(Limits {
        connections: 1,
        write_time: SHORT,
        ..Limits::default()
    })
    .await;
    let silent = read_nothing(&platform).await;
    let served = async {
        while !rest(send(&platform, CATALOGUE).await)
            .await
            .starts_with("HTTP/1.1 200 ")
        {}
    };
    timeout(Duration::from_mins(1), served)
        .await
        .expect("the place is free again");
    drop(silent);
}

#[tokio::test]
async fn a_request_without_a_place_is_told_to_come_again() {
    let platform = start(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let first = send(&platform, "GET").await;
    let answer = rest(send(&platform, CATALOGUE).await).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    drop(first);
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_probes_beyond_them() {
    let platform = start(Limits {
        connections_per_address: 2,
        ..Limits::default()
    })
    .await;
    let first = send(&platform, "GET").await;
    let second = send(&platform, "GET").await;
    let refused = rest(send(&platform, CATALOGUE).await).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(is_healthy(&platform).await);
    drop((first, second));
    let served = async {
        while !rest(send(&platform, CATALOGUE).await)
            .await
            .starts_with("HTTP/1.1 200 ")
        {}
    };
    timeout(Duration::from_mins(1), served)
        .await
        .expect("both have ended");
}

/// 1,030 where this process may have so many files open, both ends of each connection and some more.
fn many() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|line| line.split_whitespace().next()?.parse().ok());
    files
        .map_or(400, |files: usize| files.saturating_sub(200) / 2)
        .min(1030)
}

#[tokio::test]
async fn a_thousand_silent_clients_keep_no_probe_from_its_answer() {
    let sockets = many();
    for trusted_proxies in [Vec::new(), vec!["127.0.0.1".parse().unwrap()]] {
        let mut config = Config::default();
        config.limits = Limits {
            connections: sockets - 6,
            ..Limits::default()
        };
        config.trusted_proxies = trusted_proxies;
        let platform = Platform::start(config).await.unwrap();
        let mut silent = Vec::new();
        for _ in 0..sockets {
            let mut stream = TcpStream::connect(platform.address()).await.unwrap();
            // One that was closed already says so.
            let _ = stream.write_all(LARGE.as_bytes()).await;
            silent.push(stream);
        }
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let url = format!("{}/healthz", platform.url());
        let probed = async {
            loop {
                match client.get(&url).send().await {
                    Ok(answer) if answer.status() == StatusCode::OK => break,
                    _ => tokio::task::yield_now().await,
                }
            }
        };
        timeout(Duration::from_secs(30), probed)
            .await
            .expect("the probe is answered");
        drop(silent);
    }
}

#[tokio::test]
async fn refused_requests_and_preflights_push_nothing_out_of_the_log() {
    let platform = start(Limits {
        rate: std::num::NonZeroU32::new(2),
        ..Limits::default()
    })
    .await;
    let client = reqwest::Client::new();
    let (catalogue, logs) = ("/v1/catalog/schemas", "/sandbox/v1/logs");
    let url = |path| format!("{}{path}", platform.url());
    let mut kept = 0;
    // One after another, they would not exceed the rate on a slow machine.
    let answers = join_all((0..20).map(|_| client.get(url(catalogue)).send())).await;
    for answer in answers {
        kept += usize::from(answer.unwrap().status() == StatusCode::OK);
    }
    let preflight = || {
        client
            .request(reqwest::Method::OPTIONS, url("/sandbox/v1/sessions"))
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST")
            .send()
    };
    let preflights = join_all((0..20).map(|_| preflight())).await;
    assert!(preflights.iter().all(Result::is_ok), "{preflights:?}");
    assert!(kept < 20, "some were refused");
    let log = loop {
        let answer = client.get(url(logs)).send().await.unwrap();
        if answer.status() == StatusCode::OK {
            break answer.json::<Value>().await.unwrap();
        }
    };
    assert_eq!(log["requests"].as_array().unwrap().len(), kept, "{log}");
}

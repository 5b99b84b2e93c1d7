//! Tests against servers on this machine, with scripted name resolution.

use std::{convert::Infallible, net::SocketAddr, time::Instant};

use air_ids::UnixTime;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    http::HeaderMap,
    response::Redirect,
    routing::get,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::resolver::testing::Scripted;

const SET: &str = r#"{"keys":[]}"#;
/// A deadline that a test waits for.
const SHORT: Duration = Duration::from_millis(300);
/// A deadline that no test waits for, also on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);
const LIMIT: usize = 1000;

fn fetcher(policy: NetworkPolicy) -> Fetcher {
    fetcher_within(policy, PATIENCE)
}

fn fetcher_within(policy: NetworkPolicy, timeout: Duration) -> Fetcher {
    let fetcher = Fetcher::new(policy).unwrap();
    Fetcher { timeout, ..fetcher }
}

/// Creates a fetcher whose resolver returns these addresses, one list for each lookup.
fn fetcher_knowing<const N: usize>(policy: NetworkPolicy, answers: [&[&str]; N]) -> Fetcher {
    let fetcher = Fetcher::with_resolver(policy, None, Scripted::new(answers)).unwrap();
    Fetcher {
        timeout: PATIENCE,
        ..fetcher
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Starts a server that sends `head` on each connection, and then calls `then`.
async fn serve_raw<F>(head: &'static str, then: impl Fn(TcpStream) -> F + Copy + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(head.as_bytes()).await;
                then(stream).await;
            });
        }
    });
    address
}

async fn hold(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

async fn status(fetcher: &Fetcher, url: &str) -> Result<(), FetchError> {
    fetcher.get(url, LIMIT, Accept::Json).await.map(drop)
}

#[tokio::test]
async fn each_failure_has_its_own_name() {
    let endless = || async {
        let spaces = std::iter::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 4096])));
        Body::from_stream(futures_util::stream::iter(spaces))
    };
    let router = Router::new()
        .route("/set", get(|| async { SET }))
        .route("/none", get(|| async { "<html>" }))
        .route("/away", get(|| async { Redirect::temporary("/set") }))
        .route("/endless", get(endless));
    let url = format!("http://{}", serve(router).await);
    for policy in [NetworkPolicy::Any, NetworkPolicy::PublicAndLoopback] {
        let fetcher = fetcher(policy);
        let fetch = async |path: &str| fetcher.jwks(&format!("{url}{path}")).await.map(drop);
        assert_eq!(fetch("/set").await, Ok(()));
        assert!(matches!(fetch("/none").await, Err(FetchError::Unreadable { .. })));
        let redirect = FetchError::Redirect {
            status: 307,
            limit: 0,
        };
        assert_eq!(fetch("/away").await, Err(redirect));
        assert_eq!(fetch("/gone").await, Err(FetchError::Status { status: 404 }));
        assert_eq!(
            fetch("/endless").await,
            Err(FetchError::TooLong { limit: 256 * 1024 })
        );
        let fetch = async |url: &str| fetcher.jwks(url).await.map(drop);
        assert_eq!(fetch("http://127.0.0.1:1/").await, Err(FetchError::Connect));
        assert_eq!(
            fetch("http://example.com/").await,
            Err(FetchError::Url { policy })
        );
    }
}

#[tokio::test]
async fn an_answer_has_its_bytes_its_clock_its_age_and_its_type() {
    let answer = || async {
        let headers = [
            ("cache-control", "max-age=60"),
            ("content-type", "application/did+json; charset=utf-8"),
            ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ];
        (headers, "{}")
    };
    let address = serve(Router::new().route("/", get(answer))).await;
    let document = fetcher(NetworkPolicy::Any)
        .get(&format!("http://{address}/"), 2, Accept::DidDocument)
        .await
        .unwrap();
    assert_eq!(document.bytes, b"{}");
    assert_eq!(document.date, Some(UnixTime::from_secs(784_111_777)));
    assert_eq!(document.max_age, Some(Duration::from_mins(1)));
    assert_eq!(
        document.content_type.as_deref(),
        Some("application/did+json; charset=utf-8")
    );
}

#[tokio::test]
async fn a_request_says_what_it_wants_and_who_asks_and_nothing_else() {
    let echo = |headers: HeaderMap| async move {
        let mut lines: Vec<_> = headers
            .iter()
            .filter(|(name, _)| name.as_str() != "host")
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort();
        lines.join("\n")
    };
    let address = serve(Router::new().route("/", get(echo))).await;
    let document = fetcher(NetworkPolicy::Any)
        .get(&format!("http://{address}/"), LIMIT, Accept::StatusList)
        .await
        .unwrap();
    assert_eq!(
        String::from_utf8(document.bytes).unwrap(),
        format!("accept-encoding: identity\naccept: application/statuslist+jwt\nuser-agent: {USER_AGENT}")
    );
}

#[tokio::test]
async fn a_body_ends_at_the_limit() {
    let announced = async |Path(length): Path<usize>| "x".repeat(length);
    let chunked = async |Path(length): Path<usize>| {
        let bytes = (0..length).map(|_| Ok::<_, Infallible>(Bytes::from_static(b"x")));
        Body::from_stream(futures_util::stream::iter(bytes))
    };
    let router = Router::new()
        .route("/announced/{length}", get(announced))
        .route("/chunked/{length}", get(chunked));
    let address = serve(router).await;
    let fetcher = fetcher(NetworkPolicy::Any);
    let fetch = async |path: &str| status(&fetcher, &format!("http://{address}/{path}")).await;
    for kind in ["announced", "chunked"] {
        assert_eq!(fetch(&format!("{kind}/{LIMIT}")).await, Ok(()), "{kind}");
        let more = format!("{kind}/{}", LIMIT + 1);
        assert_eq!(
            fetch(&more).await,
            Err(FetchError::TooLong { limit: LIMIT }),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_not_waited_for() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 999999999999999999\r\n\r\n",
    ] {
        let address = serve_raw(head, hold).await;
        assert_eq!(
            status(&fetcher(NetworkPolicy::Any), &format!("http://{address}/")).await,
            Err(FetchError::TooLong { limit: LIMIT })
        );
    }
}

#[tokio::test]
async fn a_silent_server_is_left_at_the_deadline() {
    let silent = Router::new().route("/", get(std::future::pending::<String>));
    let url = format!("http://{}/", serve(silent).await);
    for policy in [NetworkPolicy::Any, NetworkPolicy::PublicAndLoopback] {
        assert_eq!(
            status(&fetcher_within(policy, SHORT), &url).await,
            Err(FetchError::TimedOut)
        );
    }
}

/// Each byte arrives soon after the last one, but the whole body would take a minute.
#[tokio::test]
async fn a_slow_body_is_cut_at_the_deadline() {
    let address = serve_raw(
        "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n",
        |mut stream: TcpStream| async move {
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(70)).await;
            }
        },
    )
    .await;
    let begun = Instant::now();
    let fetcher = fetcher_within(NetworkPolicy::Any, SHORT);
    assert_eq!(
        status(&fetcher, &format!("http://{address}/")).await,
        Err(FetchError::TimedOut)
    );
    assert!(begun.elapsed() >= SHORT && begun.elapsed() < PATIENCE);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{",
        "HTTP/1.1 200 OK\r\n",
        "SSH-2.0\r\n",
        "",
    ] {
        let address = serve_raw(head, |stream| async move { drop(stream) }).await;
        assert_eq!(
            status(&fetcher(NetworkPolicy::Any), &format!("http://{address}/")).await,
            Err(FetchError::BrokeOff),
            "{head:?}"
        );
    }
}

#[tokio::test]
async fn a_name_with_a_private_address_is_not_connected_to() {
    for address in [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
    ] {
        let fetcher = fetcher_knowing(NetworkPolicy::Public, [&[address]]);
        assert_eq!(
            status(&fetcher, "https://issuer.example/did.json").await,
            Err(FetchError::PrivateAddress),
            "{address}"
        );
    }
    let fetcher = fetcher_knowing(NetworkPolicy::PublicAndLoopback, [&["10.0.0.1"]]);
    assert_eq!(
        status(&fetcher, "https://issuer.example/did.json").await,
        Err(FetchError::PrivateAddress)
    );
    // A permitted address is tried, but no server listens there.
    let fetcher = fetcher_knowing(NetworkPolicy::PublicAndLoopback, [&["10.0.0.1", "127.0.0.1"]]);
    assert_eq!(
        status(&fetcher, "https://issuer.example:1/did.json").await,
        Err(FetchError::Connect)
    );
}

#[tokio::test]
async fn a_name_without_an_address_is_not_reached() {
    let fetcher = fetcher_knowing(NetworkPolicy::Public, [&[]]);
    assert_eq!(
        status(&fetcher, "https://issuer.example/").await,
        Err(FetchError::Connect)
    );
}

/// DNS rebinding: the check and the connection use the same addresses.
#[tokio::test]
async fn a_name_that_changes_its_address_is_checked_at_each_connection() {
    let address = serve(Router::new().route("/", get(|| async { SET }))).await;
    let url = format!("http://localhost:{}/", address.port());
    let fetcher = fetcher_knowing(NetworkPolicy::PublicAndLoopback, [&["127.0.0.1"], &["10.0.0.1"]]);
    assert_eq!(status(&fetcher, &url).await, Ok(()));
    assert_eq!(status(&fetcher, &url).await, Err(FetchError::PrivateAddress));
}

#[tokio::test]
async fn localhost_elsewhere_is_not_connected_to() {
    let fetcher = fetcher_knowing(NetworkPolicy::Any, [&["1.1.1.1"]]);
    assert_eq!(
        status(&fetcher, "http://localhost/").await,
        Err(FetchError::PrivateAddress)
    );
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_they_may_be() {
    let count = async |Path(left): Path<u8>| match left.checked_sub(1) {
        Some(left) => Err(Redirect::to(&format!("../count/{left}"))),
        None => Ok(SET),
    };
    let nowhere = || async { (StatusCode::FOUND, "no location") };
    let router = Router::new()
        .route("/count/{left}", get(count))
        .route("/nowhere", get(nowhere));
    let address = serve(router).await;
    let fetcher = fetcher(NetworkPolicy::PublicAndLoopback).following(2);
    let fetch = async |path: &str| status(&fetcher, &format!("http://{address}/{path}")).await;
    assert_eq!(fetch("count/0").await, Ok(()));
    assert_eq!(fetch("count/2").await, Ok(()));
    let one_more = FetchError::Redirect {
        status: 303,
        limit: 2,
    };
    assert_eq!(fetch("count/3").await, Err(one_more));
    assert_eq!(fetch("nowhere").await, Err(FetchError::Status { status: 302 }));
}

#[tokio::test]
async fn a_redirect_is_checked_as_a_url_is() {
    let policy = NetworkPolicy::PublicAndLoopback;
    for (target, reason) in [
        ("https://10.0.0.1/", FetchError::PrivateAddress),
        ("https://[::ffff:10.0.0.1]/", FetchError::PrivateAddress),
        ("//169.254.169.254/latest/", FetchError::Url { policy }),
        ("https://internal.example/", FetchError::Url { policy }),
        ("http://internal.example/", FetchError::Url { policy }),
        (
            "https://user:password@issuer.example/",
            FetchError::Url { policy },
        ),
        ("file:///etc/passwd", FetchError::Url { policy }),
        ("https://", FetchError::Url { policy }),
    ] {
        let address = serve(Router::new().route("/", get(async move || Redirect::to(target)))).await;
        let fetcher = fetcher_knowing(policy, [&["10.0.0.1"]]).following(1);
        assert_eq!(
            status(&fetcher, &format!("http://{address}/")).await,
            Err(reason),
            "{target}"
        );
    }
}

#[tokio::test]
async fn a_redirect_leads_to_no_other_host_and_not_from_https_to_http() {
    let fetcher = fetcher(NetworkPolicy::Any);
    let hop = |from: &str, to: &str| fetcher.hop(&from.parse().unwrap(), to).is_ok();
    assert!(hop("https://a.example/", "https://a.example:8443/b") && hop("https://a.example/", "/b"));
    assert!(hop("http://localhost/", "http://localhost/b") && hop("http://localhost/", "https://localhost/"));
    assert!(!hop("https://a.example/", "https://b.example/"));
    assert!(!hop("https://localhost/", "http://localhost/"));
}

/// The deadline covers all redirects together.
#[tokio::test]
async fn slow_redirects_are_cut_at_the_deadline() {
    let slow = || async {
        tokio::time::sleep(SHORT / 3).await;
        Redirect::to("/")
    };
    let address = serve(Router::new().route("/", get(slow))).await;
    let fetcher = fetcher_within(NetworkPolicy::Any, SHORT).following(u8::MAX);
    assert_eq!(
        status(&fetcher, &format!("http://{address}/")).await,
        Err(FetchError::TimedOut)
    );
}

#[test]
fn a_fetcher_shows_nothing_of_its_client() {
    assert_eq!(
        format!("{:?}", Fetcher::new(NetworkPolicy::Public).unwrap().following(3)),
        "Fetcher { policy: Public, redirects: 3, .. }"
    );
}

#[tokio::test]
async fn nothing_leads_back_to_a_listener_of_ones_own() {
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let hear = move || {
        sender.send(()).unwrap();
        std::future::ready(SET)
    };
    let own = serve(Router::new().route("/", get(hear.clone()).post(hear.clone()))).await;
    let other = serve(Router::new().route("/", get(hear.clone()).post(hear))).await;
    let refused = Err(FetchError::OwnAddress);
    // The names resolve to this machine at the second lookup, too. Their addresses are checked at each
    // connection.
    for name in [
        "127.0.0.1",
        "127.0.0.2",
        "[::1]",
        "localhost",
        "localhost.localhost",
    ] {
        let fetcher = fetcher(NetworkPolicy::Any).avoiding(&[own]).unwrap();
        let url = format!("http://{name}:{}/", own.port());
        assert_eq!(fetcher.check(&url), refused, "{url}");
        assert_eq!(status(&fetcher, &url).await, refused, "{url}");
        let posted = fetcher.post_json(&url, &[], vec![]).await;
        assert_eq!(posted.map(drop), refused, "{url}");
    }
    let rebound = fetcher_knowing(NetworkPolicy::Any, [&["127.0.0.1"]])
        .avoiding(&[own])
        .unwrap();
    let url = format!("https://rebound.example:{}/", own.port());
    assert_eq!(rebound.check(&url), Ok(()), "its text tells nothing");
    assert_eq!(status(&rebound, &url).await, refused);
    assert!(seen.try_recv().is_err(), "no request came");
    // Another service on this machine is still reachable.
    let fetcher = fetcher(NetworkPolicy::Any).avoiding(&[own]).unwrap();
    assert_eq!(status(&fetcher, &format!("http://{other}/")).await, Ok(()));
}

#[tokio::test]
async fn an_exchange_returns_any_answer_with_its_headers() {
    use axum::{http::StatusCode, routing::post};

    let echo = post(|headers: HeaderMap, body: Bytes| async move {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or("-")
                .to_owned()
        };
        let said = format!("{} {} {}", text("content-type"), text("dpop"), body.len());
        (
            StatusCode::BAD_REQUEST,
            [
                ("DPoP-Nonce", "n1"),
                ("Content-Type", "Application/JSON; charset=utf-8"),
            ],
            said,
        )
    });
    let router = Router::new()
        .route("/", echo.get(|| async { Redirect::to("/other") }))
        .route("/long", get(|| async { "x".repeat(LIMIT + 1) }));
    let origin = format!("http://{}", serve(router).await);
    let fetcher = fetcher(NetworkPolicy::PublicAndLoopback);

    let request =
        Request::post(&origin, "application/x-www-form-urlencoded", "a=1").with_header("DPoP", "proof");
    let answer = fetcher.exchange(&request, LIMIT).await.unwrap();
    assert_eq!((answer.status, answer.is_success()), (400, false));
    assert_eq!(answer.bytes, b"application/x-www-form-urlencoded proof 3");
    assert_eq!(answer.header("dpop-nonce"), Some("n1"));
    assert_eq!(answer.media_type().as_deref(), Some("application/json"));
    let shown = format!("{request:?}{answer:?}");
    assert!(!shown.contains("proof") && !shown.contains(&origin), "{shown}");

    let redirect = fetcher.exchange(&Request::get(&origin), LIMIT).await.unwrap();
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (303, Some("/other"))
    );
    let long = format!("{origin}/long");
    let refused = fetcher.exchange(&Request::get(&long), LIMIT).await;
    assert_eq!(refused.unwrap_err(), FetchError::TooLong { limit: LIMIT });
    let broken = Request::get(&origin).with_header("DPoP", "a\nb");
    let refused = fetcher.exchange(&broken, LIMIT).await;
    assert_eq!(refused.unwrap_err(), FetchError::Header { name: "DPoP" });
    let foreign = fetcher.exchange(&Request::get("http://10.0.0.1/"), LIMIT).await;
    assert!(matches!(foreign, Err(FetchError::Url { .. })));
}

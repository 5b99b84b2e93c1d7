//! The view of middleware on each attempt, and the effect of proxies and names.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use air_api::CoreClaimHash;
use air_client::{
    AirClient, AirClientBuilder, Environment, Error,
    middleware::{Attempt, AttemptOutcome, ExtraHeaders, Middleware},
};
use axum::{Router, extract::Request, http::StatusCode};

/// Writes down all that it sees.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Middleware for Notes {
    fn before(&self, attempt: &Attempt<'_>, headers: &mut ExtraHeaders) -> Result<(), Error> {
        headers.insert("traceparent", &format!("00-{}", attempt.number()))
    }

    fn after(&self, attempt: &Attempt<'_>, outcome: &AttemptOutcome<'_>, _: Duration) {
        let (method, path, number) = (attempt.method(), attempt.path(), attempt.number());
        self.add(format!("{number} {method} {path} {outcome:?}"));
    }
}

/// Fails twice, and writes down each request's own headers.
async fn platform(notes: &Notes) -> String {
    let notes = notes.clone();
    let answer = move |request: Request| {
        let header = |name: &str| {
            let value = request.headers().get(name);
            value.map_or("-", |value| value.to_str().unwrap()).to_owned()
        };
        notes.add(format!("{} {}", header("traceparent"), header("user-agent")));
        let is_last = notes.lines().len() > 2;
        async move {
            if is_last {
                (StatusCode::NOT_FOUND, [("x-request-id", "r-3")], "{}")
            } else {
                (StatusCode::BAD_GATEWAY, [("x-request-id", "r-1")], "{}")
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn client(url: &str, settings: impl FnOnce(AirClientBuilder) -> AirClientBuilder) -> AirClient {
    let builder = AirClient::builder(Environment::at(url).unwrap());
    settings(builder).build().unwrap()
}

const HASH: CoreClaimHash = CoreClaimHash::from_bytes([7; 32]);

#[tokio::test]
async fn each_attempt_is_seen_and_carries_what_is_added() {
    let (seen, served) = (Notes::default(), Notes::default());
    let url = platform(&served).await;
    let client = client(&url, |builder| {
        builder.middleware(seen.clone()).user_agent("acme-issuer/2.1")
    });
    let error = client.status("a-secret-token", HASH).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    let path = "GET /v1/credentials/status";
    assert_eq!(
        seen.lines(),
        [
            format!("1 {path} Answered {{ status: 502, request_id: Some(\"r-1\") }}"),
            format!("2 {path} Answered {{ status: 502, request_id: Some(\"r-1\") }}"),
            format!("3 {path} Answered {{ status: 404, request_id: Some(\"r-3\") }}"),
        ]
    );
    let agent = format!("acme-issuer/2.1 air/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        served.lines(),
        [1, 2, 3].map(|number| format!("00-{number} {agent}"))
    );
}

#[tokio::test]
async fn what_gets_no_answer_is_seen_too() {
    let seen = Notes::default();
    // No server listens on port 1.
    let unreachable = client("http://127.0.0.1:1", |builder| {
        builder.middleware(seen.clone()).attempts(1)
    });
    assert!(unreachable.status("token", HASH).await.is_err());

    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let waiting = client(&url, |builder| builder.middleware(seen.clone()));
    tokio::select! {
        _ = waiting.status("token", HASH) => unreachable!("nobody answers"),
        accepted = silent.accept() => drop(accepted.unwrap()),
    }
    let ends: Vec<String> = seen
        .lines()
        .iter()
        .map(|line| line.rsplit(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(ends, ["NotConnected", "Abandoned"]);
}

/// Takes a header that is the client's own.
#[derive(Debug)]
struct Thief;

impl Middleware for Thief {
    fn before(&self, _: &Attempt<'_>, headers: &mut ExtraHeaders) -> Result<(), Error> {
        headers.insert("x-partner-auth", "mine")
    }
}

#[tokio::test]
async fn a_refused_header_ends_the_call_before_it_is_sent() {
    let served = Notes::default();
    let url = platform(&served).await;
    let client = client(&url, |builder| builder.middleware(Thief));
    let error = client.status("token", HASH).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::InvalidRequest {
                header: "x-partner-auth"
            }
        ),
        "{error}"
    );
    assert!(served.lines().is_empty());
}

#[tokio::test]
async fn calls_go_through_the_proxy_that_is_named() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let answer = move |request: Request| {
        let credentials = request.headers().get("proxy-authorization").cloned();
        noted
            .lock()
            .unwrap()
            .push((request.uri().to_string(), credentials));
        async { (StatusCode::NOT_FOUND, "{}") }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let builder = AirClient::builder(Environment::at("http://air.invalid").unwrap());
    let builder = builder.proxy(&format!("http://ada:hunter2@{address}")).unwrap();
    assert!(!format!("{builder:?}").contains("hunter2"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?}").contains("hunter2"));
    let error = client.status("token", HASH).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    let asked = asked.lock().unwrap();
    assert!(
        asked[0]
            .0
            .starts_with("http://air.invalid/v1/credentials/status?")
    );
    // RFC 7617: base64 of `ada:hunter2`.
    assert_eq!(asked[0].1.as_ref().unwrap(), "Basic YWRhOmh1bnRlcjI=");
}

#[test]
fn a_name_that_no_header_can_carry_is_refused() {
    let builder = AirClient::builder(Environment::Local).user_agent("a\nb");
    let refused = builder.build();
    assert!(matches!(
        refused,
        Err(Error::InvalidRequest { header: "user-agent" })
    ));
}

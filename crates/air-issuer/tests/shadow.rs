//! Comparisons of two services by read-only requests.

use air_issuer::{ShadowError, ShadowOptions, ShadowReport, shadow};
use axum::{
    Json, Router,
    http::{StatusCode, Uri},
    routing::get,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

use crate::support::{API_KEY, TestEnv};

/// Serves a router until the test ends.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn options(vendor: &str, ours: &str) -> ShadowOptions {
    ShadowOptions {
        vendor: vendor.to_owned(),
        ours: ours.to_owned(),
        api_key: Some(API_KEY.to_owned().into()),
        holder_did: "did:air:id:test:holder".to_owned(),
        users: vec!["12".to_owned()],
        schemas: Vec::new(),
    }
}

/// The differences of the request whose name starts with this text: places, and whether they are intended.
fn differences(report: &ShadowReport, name: &str) -> Vec<(String, bool)> {
    let request = report
        .requests
        .iter()
        .find(|request| request.request.starts_with(name))
        .unwrap_or_else(|| panic!("{name}: {report:?}"));
    let differences = request.differences.iter();
    differences
        .map(|difference| (difference.place.clone(), difference.explanation.is_some()))
        .collect()
}

#[tokio::test]
async fn two_instances_of_one_issuer_do_not_differ() {
    let (env, first) = TestEnv::with_issuer().await;
    let second = env.start().await;
    assert_eq!(first.issue(&env.request()).await, 201);
    let nonce = first.history().await[0]["revocationNonce"].clone();
    first.revoke(&nonce).await;
    let vendor = serve(first.service.router()).await;
    let ours = serve(second.service.router()).await;
    let tries = env.platform.tries().len();
    let report = shadow(&env.config(&[], ""), &options(&vendor, &ours))
        .await
        .unwrap();
    assert_eq!(report.unexplained(), 0, "{report:?}");
    assert!(
        report
            .requests
            .iter()
            .all(|request| request.differences.is_empty()),
        "{report:?}"
    );
    let revoked = format!("GET /revocation-status/{}", nonce.as_str().unwrap());
    for (name, status) in [
        ("GET /.well-known/did.json", 200),
        ("GET /statuslist/0", 200),
        ("GET /admin/issuance-history (wrong key)", 403),
        ("POST /available-vc (wrong key)", 403),
        ("POST /available-vc (empty body)", 400),
        ("POST /available-vc (user 1, all schemas)", 201),
        (revoked.as_str(), 200),
    ] {
        let request = report.requests.iter().find(|request| request.request == name);
        assert_eq!(request.and_then(|request| request.vendor), Some(status), "{name}");
    }
    assert!(report.skipped.is_empty(), "{report:?}");
    assert_eq!(env.platform.tries().len(), tries, "nothing was issued");
    assert_eq!(first.history().await.len(), 1);
}

async fn not_found(uri: Uri) -> (StatusCode, Json<Value>) {
    let message = format!("Cannot GET {}", uri.path());
    let body = json!({ "message": message, "error": "Not Found", "statusCode": 404 });
    (StatusCode::NOT_FOUND, Json(body))
}

#[tokio::test]
async fn differences_are_named_and_intended_ones_explained() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    issuer.revoke(&nonce).await;
    // A service of an earlier version, which lost the revocation.
    let vendor = Router::new()
        .route(
            "/revocation-status/{nonce}",
            get(|| async { Json(json!({ "isRevoked": false })) }),
        )
        .route(
            "/.well-known/air-partner-info",
            get(|| async { Json(json!({ "partner": "x" })) }),
        )
        .fallback(not_found);
    let (vendor, ours) = (serve(vendor).await, serve(issuer.service.router()).await);
    let mut options = options(&vendor, &ours);
    options.api_key = None;
    let report = shadow(&env.config(&[], ""), &options).await.unwrap();
    let revoked = format!("GET /revocation-status/{}", nonce.as_str().unwrap());
    assert_eq!(differences(&report, &revoked), [("/isRevoked".to_owned(), false)]);
    assert_eq!(
        differences(&report, "GET /.well-known/air-partner-info"),
        [("/partner".to_owned(), false), ("/partnerId".to_owned(), false)]
    );
    for intended in ["GET /.well-known/did.json", "GET /statuslist/0"] {
        assert_eq!(
            differences(&report, intended),
            [(String::new(), true)],
            "{intended}"
        );
    }
    assert!(differences(&report, "GET /no-such-path").is_empty());
    assert!(report.unexplained() >= 3, "{report:?}");
    assert!(report.skipped.iter().any(|reason| reason.starts_with("previews")));
}

#[tokio::test]
async fn a_service_without_connection_and_a_wrong_url_are_errors() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let ours = serve(issuer.service.router()).await;
    let config = env.config(&[], "");
    let closed = "http://127.0.0.1:1";
    for (options, unreachable) in [
        (options(closed, &ours), "the vendor's service"),
        (options(&ours, closed), "this service"),
    ] {
        let refused = shadow(&config, &options).await;
        assert!(
            matches!(refused, Err(ShadowError::Unreachable { service }) if service == unreachable),
            "{refused:?}"
        );
    }
    let wrong = shadow(&config, &options("http://vendor.example", &ours)).await;
    assert!(matches!(
        wrong,
        Err(ShadowError::Url {
            service: "the vendor's service",
            ..
        })
    ));
}

/// A service that reads requests and closes each connection without a response.
async fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let _ = stream.read(&mut bytes).await;
        }
    });
    url
}

#[tokio::test]
async fn a_service_that_stops_responding_ends_the_comparison() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let (silent, ours) = (silent().await, serve(issuer.service.router()).await);
    let config = env.config(&[], "");
    for (options, service) in [
        (options(&silent, &ours), "the vendor's service"),
        (options(&ours, &silent), "this service"),
    ] {
        let error = shadow(&config, &options).await.unwrap_err();
        let expected = format!("{service} did not respond to 3 requests in a row; ");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

/// A proxy that refuses each connection, and the first line of each request to it.
async fn refusing_proxy() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (lines, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 1024];
            let length = stream.read(&mut bytes).await.unwrap();
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            lines
                .send(text.lines().next().unwrap_or_default().to_owned())
                .unwrap();
            let _ = stream
                .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    (url, received)
}

#[tokio::test]
async fn requests_to_a_remote_service_go_through_the_proxy() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let ours = serve(issuer.service.router()).await;
    let (proxy, mut lines) = refusing_proxy().await;
    let config = env.config(&[("HTTPS_PROXY", proxy.as_str())], "");
    let refused = shadow(&config, &options("https://vendor.example", &ours)).await;
    assert!(
        matches!(refused, Err(ShadowError::Unreachable { .. })),
        "{refused:?}"
    );
    assert_eq!(lines.try_recv().unwrap(), "CONNECT vendor.example:443 HTTP/1.1");
    assert!(
        lines.try_recv().is_err(),
        "nothing is sent after the first failure"
    );
}

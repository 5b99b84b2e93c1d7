//! The limits by address and holder, the permitted callers, and the headers of responses.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, request::Builder},
};
use serde_json::{Value, json};

use crate::support::{API_KEY, Issuer, Response, TestEnv};

const DID: &str = "/.well-known/did.json";

fn from(address: &str, request: Builder) -> Builder {
    let address: SocketAddr = format!("{address}:4711").parse().unwrap();
    request.extension(ConnectInfo(address))
}

async fn get(issuer: &Issuer, path: &str, address: &str, forwarded_for: Option<&str>) -> Response {
    let mut request = from(address, Request::get(path));
    if let Some(text) = forwarded_for {
        request = request.header("x-forwarded-for", text);
    }
    issuer.send(request.body(Body::empty()).unwrap()).await
}

async fn issue(issuer: &Issuer, address: &str, body: &Value) -> Response {
    let request = from(address, Request::post("/issue-vc"))
        .header("x-api-key", API_KEY)
        .header("content-type", "application/json");
    issuer
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

fn assert_limited(response: &Response) {
    assert_eq!(response.status, 429, "{response:?}");
    assert!(response.header("retry-after").parse::<u64>().unwrap() >= 1);
    let body = response.json();
    assert_eq!(
        (&body["statusCode"], &body["code"]),
        (&429.into(), &"rate_limited".into())
    );
}

/// Sends requests until one is refused. Within the limit of one a second, all of them would need a minute.
async fn exhaust(issuer: &Issuer, address: &str, forwarded_for: Option<&str>) {
    for _ in 0..60 {
        let response = get(issuer, DID, address, forwarded_for).await;
        if response.status != 200 {
            return assert_limited(&response);
        }
    }
    panic!("the limit is not reached");
}

#[tokio::test]
async fn each_address_has_its_own_rate_and_keys_are_exempt() {
    let env = TestEnv::new().await;
    let issuer = env.start_with_toml("http.address-rate-limit = 1").await;
    exhaust(&issuer, "192.0.2.7", Some("203.0.113.1")).await;
    let other = get(&issuer, DID, "192.0.2.8", None).await;
    assert_eq!(other.status, 200);
    for probe in ["/healthz", "/readyz"] {
        assert_eq!(get(&issuer, probe, "192.0.2.7", None).await.status, 200);
    }
    // Guesses of keys count, too.
    let guess = from("192.0.2.7", Request::post("/issue-vc")).header("x-api-key", "guess");
    let mut refused = issuer.send(guess.body(Body::empty()).unwrap()).await;
    for _ in 0..60 {
        if refused.status == 429 {
            break;
        }
        let guess = from("192.0.2.7", Request::post("/issue-vc")).header("x-api-key", "guess");
        refused = issuer.send(guess.body(Body::empty()).unwrap()).await;
    }
    assert_limited(&refused);
    let known = issue(&issuer, "192.0.2.7", &env.request()).await;
    assert_eq!(known.status, 201, "{known:?}");
}

#[tokio::test]
async fn a_key_exempts_no_call_of_other_routes() {
    let env = TestEnv::new().await;
    let issuer = env.start_with_toml("http.address-rate-limit = 1").await;
    // With the key of AIR, a caller could guess the operator's.
    for (address, path) in [("192.0.2.7", DID), ("192.0.2.8", "/admin/outbox")] {
        let mut limited = None;
        for _ in 0..60 {
            let request = from(address, Request::get(path))
                .header("x-api-key", API_KEY)
                .header("x-admin-api-key", "guess");
            let response = issuer.send(request.body(Body::empty()).unwrap()).await;
            if response.status == 429 {
                limited = Some(response);
                break;
            }
        }
        assert_limited(&limited.expect(path));
    }
}

#[tokio::test]
async fn a_trusted_proxy_names_its_client() {
    let env = TestEnv::new().await;
    let toml = "http.address-rate-limit = 1\nhttp.trusted-proxies = [\"10.0.0.0/8\"]";
    let issuer = env.start_with_toml(toml).await;
    exhaust(&issuer, "10.0.0.1", Some("192.0.2.7")).await;
    exhaust(&issuer, "10.0.0.2", Some("192.0.2.7")).await;
    let other = get(&issuer, DID, "10.0.0.1", Some("192.0.2.7, 192.0.2.8")).await;
    assert_eq!(other.status, 200, "the proxy saw another client");
}

#[tokio::test]
async fn each_holder_has_its_own_rate() {
    let env = TestEnv::new().await;
    let issuer = env.start_with_toml("http.holder-rate-limit = 1").await;
    let mut body = env.request();
    let mut responses = Vec::new();
    // Within the limit of one a minute, the third would come after two minutes.
    for _ in 0..3 {
        responses.push(issue(&issuer, "192.0.2.7", &body).await);
    }
    assert_eq!(responses[0].status, 201);
    assert!(
        responses.iter().any(|response| response.status == 429),
        "{responses:?}"
    );
    assert_limited(responses.iter().find(|response| response.status == 429).unwrap());
    assert_eq!(
        issuer.post("/available-vc", &body).await.status,
        429,
        "the same rate"
    );
    body["holderDID"] = json!("did:air:id:test:other");
    assert_eq!(issue(&issuer, "192.0.2.7", &body).await.status, 201);
}

#[tokio::test]
async fn only_allowed_addresses_call_the_holder_routes() {
    let env = TestEnv::new().await;
    let toml = "http.allow-from = [\"192.0.2.0/24\"]\nhttp.trusted-proxies = [\"10.0.0.1\"]";
    let issuer = env.start_with_toml(toml).await;
    assert_eq!(issue(&issuer, "192.0.2.7", &env.request()).await.status, 201);
    let refused = issue(&issuer, "198.51.100.1", &env.request()).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["code"], "address_not_allowed");
    assert_eq!(
        issuer.issue(&env.request()).await,
        403,
        "the address is unknown without a connection"
    );
    assert_eq!(get(&issuer, DID, "198.51.100.1", None).await.status, 200);
    let behind = from("10.0.0.1", Request::post("/issue-vc"))
        .header("x-forwarded-for", "192.0.2.9")
        .header("x-api-key", API_KEY)
        .header("content-type", "application/json")
        .body(Body::from(env.request().to_string()))
        .unwrap();
    assert_eq!(issuer.send(behind).await.status, 201);
}

async fn preflight(issuer: &Issuer, path: &str, origin: &str) -> Response {
    let request = Request::options(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-api-key, content-type");
    issuer.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn pages_of_configured_origins_may_call_the_holder_routes() {
    const ALLOWED: &str = "access-control-allow-origin";
    let env = TestEnv::new().await;
    let issuer = env
        .start_with_toml("http.cors-origins = [\"https://*.air3.com\"]")
        .await;
    for path in ["/available-vc", "/issue-vc"] {
        let response = preflight(&issuer, path, "https://app.air3.com").await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header(ALLOWED), "https://app.air3.com");
        let methods = response.header("access-control-allow-methods");
        assert_eq!(methods, "POST");
        let foreign = preflight(&issuer, path, "https://evil.example").await;
        assert!(!foreign.headers.contains_key(ALLOWED), "{foreign:?}");
    }
    let admin = preflight(&issuer, "/admin/revoke", "https://app.air3.com").await;
    assert_eq!(admin.status, 404);
    assert!(!admin.headers.contains_key(ALLOWED));

    let plain = env.start().await;
    let response = preflight(&plain, "/issue-vc", "https://app.air3.com").await;
    assert_eq!(response.status, 404, "CORS is off by default");
}

#[tokio::test]
async fn responses_have_an_id_and_headers_for_browsers_and_caches() {
    let env = TestEnv::new().await;
    let issuer = env.start_with_broken_claims().await;
    let mut ids = Vec::new();
    for (path, caching) in [
        ("/admin/issuance-history", Some("no-store")),
        ("/revocation-status/1", Some("no-store")),
        ("/absent", Some("no-store")),
        ("/statuslist/0", Some("max-age=300")),
        (DID, None),
    ] {
        let response = issuer.get(path).await;
        assert_eq!(response.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            response.header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'"
        );
        let found = response.headers.get("cache-control");
        assert_eq!(found.map(|value| value.to_str().unwrap()), caching, "{path}");
        ids.push(response.header("x-request-id").to_owned());
    }
    assert!(ids.iter().all(|id| id.len() == 36), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 5);

    // A subject that breaks its schema is an internal error, whose id is the response's.
    let mut body = env.request();
    body["userId"] = json!("broken");
    let failed = issuer.post("/issue-vc", &body).await;
    assert_eq!(failed.status, 500);
    assert_eq!(failed.json()["requestId"], failed.header("x-request-id"));
}

#[tokio::test]
async fn an_upload_belongs_to_the_trace_of_its_request() {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut body = env.request();
    for (user, trace) in [("12", TRACE), ("user-2", "00-secret")] {
        body["userId"] = json!(user);
        let request = Request::post("/issue-vc")
            .header("traceparent", trace)
            .header("x-api-key", API_KEY)
            .header("content-type", "application/json");
        let response = issuer
            .send(request.body(Body::from(body.to_string())).unwrap())
            .await;
        assert_eq!(response.status, 201, "{response:?}");
    }
    assert_eq!(env.platform.traces(), [TRACE], "an invalid one is not passed on");
}

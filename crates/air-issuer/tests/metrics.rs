//! `GET /metrics`, which is on a listener of its own.

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use serde_json::json;
use tokio::net::TcpListener;
use tower_service::Service;

use crate::support::{Behaviour, Issuer, TestEnv};

async fn metrics(issuer: &Issuer) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = issuer.service.metrics_router().call(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[track_caller]
fn assert_has(metrics: &str, line: &str) {
    assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
}

#[tokio::test]
async fn an_upload_that_was_not_sent_has_no_duration() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::Refuses(500));
    for holder in 0..12 {
        let mut request = env.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        assert_eq!(issuer.issue(&request).await, 503);
    }
    assert_eq!(env.platform.tries().len(), 10, "uploads pause");
    let after = metrics(&issuer).await;
    for line in [
        "air_issuer_issuances_total{schema=\"member\",outcome=\"later\"} 12",
        "air_issuer_dstorage_upload_seconds_count{outcome=\"unknown\"} 10",
    ] {
        assert_has(&after, line);
    }
}

#[tokio::test]
async fn issuances_uploads_the_outbox_and_lists_are_counted() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let before = metrics(&issuer).await;
    assert_has(&before, "air_issuer_outbox_entries 0");
    assert_has(&before, "air_issuer_outbox_age_seconds 0");
    assert_has(&before, "air_issuer_status_lists_to_sign 1");
    // A failure is an increase only if its series existed before.
    for line in [
        "air_issuer_issuances_total{schema=\"badge\",outcome=\"unsigned\"} 0",
        "air_issuer_claims_total{schema=\"badge\",outcome=\"unavailable\"} 0",
        "air_issuer_dstorage_upload_seconds_count{outcome=\"refused\"} 0",
    ] {
        assert_has(&before, line);
    }

    assert_eq!(issuer.get("/statuslist/0").await.status, 200);
    assert_eq!(issuer.issue(&env.request()).await, 201);
    env.pass(20);
    env.platform.set(Behaviour::LosesResponses);
    let mut other = env.request();
    other["holderDID"] = json!("did:air:id:test:other");
    assert_eq!(issuer.issue(&other).await, 503);
    other["userId"] = json!("stranger");
    assert_eq!(issuer.issue(&other).await, 404);
    let invented = Request::builder().method("INVENTED").uri("/secret-path");
    assert_eq!(
        issuer.send(invented.body(Body::empty()).unwrap()).await.status,
        404
    );
    let deletion = Request::delete("/secret-path").body(Body::empty()).unwrap();
    assert_eq!(issuer.send(deletion).await.status, 404);
    env.pass(7);
    let after = metrics(&issuer).await;
    for line in [
        "air_issuer_issuances_total{schema=\"member\",outcome=\"stored\"} 1",
        "air_issuer_issuances_total{schema=\"member\",outcome=\"later\"} 1",
        "air_issuer_claims_total{schema=\"member\",outcome=\"found\"} 2",
        "air_issuer_claims_total{schema=\"member\",outcome=\"not_eligible\"} 1",
        "air_issuer_dstorage_upload_seconds_count{outcome=\"stored\"} 1",
        "air_issuer_dstorage_upload_seconds_count{outcome=\"unknown\"} 1",
        "air_issuer_http_requests_total{method=\"POST\",route=\"/issue-vc\",status=\"201\"} 1",
        "air_issuer_http_requests_total{method=\"POST\",route=\"/issue-vc\",status=\"503\"} 1",
        "air_issuer_http_request_duration_seconds_count{method=\"GET\",route=\"/statuslist/{partition}\"} 1",
        "air_issuer_http_requests_total{method=\"DELETE\",route=\"unmatched\",status=\"404\"} 1",
        "air_issuer_http_requests_total{method=\"_OTHER\",route=\"unmatched\",status=\"404\"} 1",
        "air_issuer_outbox_entries 1",
        "air_issuer_outbox_age_seconds 7",
        "air_issuer_status_lists_to_sign 0",
        "air_issuer_status_list_age_seconds 27",
    ] {
        assert_has(&after, line);
    }
    for unwanted in ["did:air", "secret-path", "INVENTED"] {
        assert!(!after.contains(unwanted), "{after}");
    }

    env.platform.set(Behaviour::Responds);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    assert_has(&metrics(&issuer).await, "air_issuer_outbox_entries 0");
}

#[tokio::test]
async fn callers_of_the_service_have_no_metrics() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.get("/metrics").await.status, 404);
    assert_eq!(env.config(&[], "").metrics_address(), None);
    let config = env.config(&[], "metrics-listen = \"127.0.0.1:9100\"\n");
    assert_eq!(config.metrics_address(), Some("127.0.0.1:9100".parse().unwrap()));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let service = issuer.service.clone();
    let server = tokio::spawn(async move { service.serve_metrics(listener).await });
    let fetcher = air_fetch::Fetcher::new(air_fetch::NetworkPolicy::Any).unwrap();
    let request = air_fetch::Request::get(&url);
    let response = fetcher.exchange(&request, 1 << 20).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(
        response.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    server.abort();
}

//! Retries, and the error for each answer, against a platform that misbehaves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use air_api::{CoreClaimHash, IssueOnBehalf, OnDuplicate};
use air_client::{AirClient, AirClientBuilder, Environment, Error};
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

async fn serve(router: Router) -> AirClient {
    serve_as(router, |builder| builder).await
}

async fn serve_as(router: Router, settings: impl FnOnce(AirClientBuilder) -> AirClientBuilder) -> AirClient {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let builder = AirClient::builder(Environment::at(&url).unwrap()).timeout(Duration::from_secs(5));
    settings(builder).build().unwrap()
}

/// Answers requests with these in turn, then repeats the last one, and counts the requests.
async fn misbehave(answers: &'static [(u16, &'static str)]) -> (AirClient, Arc<AtomicUsize>) {
    misbehave_as(answers, |builder| builder).await
}

async fn misbehave_as(
    answers: &'static [(u16, &'static str)],
    settings: impl FnOnce(AirClientBuilder) -> AirClientBuilder,
) -> (AirClient, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let answer = move |headers: HeaderMap| {
        let place = seen.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let (status, body) = answers[place];
        async move {
            assert!(headers.contains_key("x-partner-auth"));
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = (status, [("x-request-id", "r-1")], body).into_response();
            // On a conflict it would mean that the same call is under way.
            if status != StatusCode::CONFLICT {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, "0".parse().unwrap());
            }
            response
        }
    };
    let client = serve_as(Router::new().fallback(answer), settings).await;
    (client, count)
}

const STATUS: &str = r#"{"coreClaimHash":"abababababababababababababababababababababababababababababababab",
    "issuanceDate":"2026-01-19 07:18:45","issuerDid":"did:air:id:test:x","vcId":"c2","vcStatus":"ONCHAIN"}"#;
const FAILED: &str = r#"{"error":500,"message":"try again"}"#;
const SLOW_DOWN: &str = r#"{"error":429,"message":"slow down"}"#;

fn hash() -> CoreClaimHash {
    CoreClaimHash::from_bytes([0xab; 32])
}

fn order() -> IssueOnBehalf {
    IssueOnBehalf {
        issuer_did: "did:air:id:test:x".parse().unwrap(),
        program: "c21".parse().unwrap(),
        credential_subject: serde_json::Map::new(),
        on_duplicate: OnDuplicate::Revoke,
    }
}

#[tokio::test]
async fn a_question_is_asked_again() {
    let (client, count) = misbehave(&[(500, FAILED), (429, SLOW_DOWN), (503, "<html>"), (200, STATUS)]).await;
    assert!(client.status("token", hash()).await.is_ok());
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_question_is_asked_four_times_at_most() {
    let (client, count) = misbehave(&[(500, FAILED)]).await;
    let error = client.status("token", hash()).await.unwrap_err();
    assert!(
        matches!(error, Error::PlatformFailed { status: 500, .. }),
        "{error}"
    );
    assert_eq!(error.request_id(), Some("r-1"));
    assert!(error.is_retryable());
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn an_order_that_could_count_twice_is_sent_once() {
    let (client, count) =
        misbehave_as(&[(500, FAILED)], |builder| builder.keeps_idempotency_keys(false)).await;
    let error = client.issue_on_behalf("token", &order()).await.unwrap_err();
    assert!(!error.is_safe_to_repeat(), "{error:?}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_order_that_was_not_done_is_sent_again() {
    let (client, count) = misbehave(&[(429, SLOW_DOWN)]).await;
    let error = client.issue_on_behalf("token", &order()).await.unwrap_err();
    assert!(error.is_safe_to_repeat(), "{error:?}");
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn each_status_has_its_error() {
    macro_rules! becomes {
        ($status:literal, $variant:pat) => {
            let (client, count) = misbehave(&[($status, r#"{"error":0,"message":"m"}"#)]).await;
            let error = client.status("a-secret-token", hash()).await.unwrap_err();
            assert!(matches!(error, $variant), "{} became {error:?}", $status);
            assert!(!format!("{error} {error:?}").contains("a-secret-token"));
            assert_eq!(count.load(Ordering::SeqCst), 1);
        };
    }
    becomes!(400, Error::Rejected { .. });
    becomes!(401, Error::NotAuthorised { .. });
    becomes!(403, Error::NotAuthorised { .. });
    becomes!(404, Error::NotFound { .. });
    becomes!(409, Error::Conflict { .. });
    becomes!(413, Error::Rejected { .. });
    becomes!(302, Error::UnexpectedAnswer { .. });
    becomes!(200, Error::UnexpectedAnswer { .. });
}

#[tokio::test]
async fn a_platform_that_is_not_there_is_unreachable() {
    let client = AirClient::builder(Environment::at("http://127.0.0.1:1").unwrap())
        .build()
        .unwrap();
    let error = client.issue_on_behalf("token", &order()).await.unwrap_err();
    assert!(
        matches!(error, Error::Unreachable { ref host } if host == "127.0.0.1:1"),
        "{error}"
    );
}

#[test]
fn a_platform_has_a_plain_url() {
    for bad in [
        "",
        "127.0.0.1:8300",
        "ftp://x",
        "http://x/v1",
        "http://u:p@x",
        "http://x?y",
    ] {
        assert!(matches!(Environment::at(bad), Err(Error::InvalidUrl)), "{bad}");
    }
    assert!(Environment::at("https://platform.example").is_ok());
}

#[tokio::test]
async fn the_catalogue_and_the_clock_are_asked_without_a_token() {
    let catalogue = |Path(id): Path<String>| async move {
        match id.as_str() {
            "published" => (StatusCode::OK, r#"{"code":80000000,"data":{}}"#),
            _ => (StatusCode::NOT_FOUND, r#"{"error":404,"message":"none"}"#),
        }
    };
    let routes = Router::new().route("/v1/catalog/credentials/{id}", get(catalogue));
    let routes = routes.layer(axum::middleware::map_response(|mut response: Response| async {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap();
        response.headers_mut().insert(header::DATE, date);
        response
    }));
    let client = serve(routes).await;
    let is_there = async |id: &str| client.is_in_catalogue(&id.parse().unwrap()).await.unwrap();
    assert!(is_there("published").await);
    assert!(!is_there("draft").await);
    assert_eq!(
        client.clock().await.unwrap(),
        Some(air_api::UnixTime::from_secs(784_111_777))
    );
}

#[tokio::test]
async fn the_clock_is_asked_by_a_probe_that_a_local_platform_does_not_log() {
    let asked = |headers: HeaderMap| async move {
        let date = if headers.contains_key("x-air-probe") {
            "Sun, 06 Nov 1994 08:49:37 GMT"
        } else {
            "Thu, 01 Jan 1970 00:00:00 GMT"
        };
        [(header::DATE, date)]
    };
    let client = serve(Router::new().route("/", get(asked))).await;
    assert_eq!(
        client.clock().await.unwrap(),
        Some(air_api::UnixTime::from_secs(784_111_777))
    );
}

//! Limits of the platform's requests to partners and issuers: size, time, redirects.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use air_jwt::{JwkSet, PartnerToken};
use axum::{
    Router,
    body::{Body, Bytes},
    response::Redirect,
    routing::{any, get},
};
use futures_util::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{CAK, TestEnv};

/// Others' servers: each path has a fault of its own. The count is of requests that came where a
/// redirect leads.
#[expect(clippy::disallowed_methods, reason = "other people's servers")]
async fn others(set: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let followed = Arc::new(AtomicUsize::new(0));
    let seen = followed.clone();
    let padded = |length: usize| {
        let mut json = set.clone();
        json.push_str(&" ".repeat(length - set.len()));
        json
    };
    let (fits, too_long) = (padded(256 * 1024), padded(256 * 1024 + 1));
    let endless = || {
        let chunk = Bytes::from_static(&[b' '; 8192]);
        Body::from_stream(stream::repeat(chunk).map(Ok::<_, std::io::Error>))
    };
    let router = Router::new()
        .route("/fits", get(|| async { fits }))
        .route("/too-long", get(|| async { too_long }))
        .route("/endless", any(move || async move { endless() }))
        .route("/silent", any(std::future::pending::<()>))
        .route("/elsewhere", any(|| async { Redirect::temporary("/target") }))
        .route(
            "/target",
            any(move || async move {
                seen.fetch_add(1, Ordering::SeqCst);
                set
            }),
        );
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, followed)
}

#[tokio::test]
async fn a_jwk_set_has_a_size_a_time_and_one_place() {
    let mut env = TestEnv::start().await;
    let (url, followed) = others(JwkSet::from(env.key.public_jwk()).to_json()).await;
    let path = "/sandbox/v1/callbacks";
    for (place, reason) in [
        ("fits", None),
        ("too-long", Some("longer than 256 KiB")),
        ("endless", Some("longer than 256 KiB")),
        ("elsewhere", Some("redirects are not followed")),
        ("silent", Some("did not answer within 5 s")),
    ] {
        env.ids = env.seed(&TestEnv::seed_file(&format!("{url}/{place}"))).await;
        let token = env.token(PartnerToken::issue);
        let begun = Instant::now();
        let (status, answer) = env.call(Method::GET, path, Some(&token), None).await;
        assert!(begun.elapsed() < Duration::from_secs(20), "{place}");
        match reason {
            None => assert_eq!(status, StatusCode::OK, "{place}: {answer}"),
            Some(reason) => {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{place}: {answer}");
                let message = answer["message"].as_str().unwrap();
                assert!(message.contains(reason), "{place}: {message}");
            }
        }
    }
    assert_eq!(followed.load(Ordering::SeqCst), 0);
    for beyond in [
        "http://10.0.0.1/jwks.json",
        "http://keys.example/jwks.json",
        "file:///etc/passwd",
    ] {
        let seed = TestEnv::seed_file(beyond);
        let (status, _) = env
            .call(Method::POST, "/sandbox/v1/seed", None, Some(&seed))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{beyond}");
    }
}

/// One call with a token, and with a session where there is one.
async fn post(env: &TestEnv, path: &str, token: &str, session: Option<&str>, body: &Value) -> Value {
    let mut request = env
        .http
        .post(format!("{}{path}", env.platform.url()))
        .header("x-partner-auth", token)
        .json(body);
    if let Some(session) = session {
        request = request.bearer_auth(session);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

/// The result of the first attempt to tell the issuer at this URL of a released key.
async fn attempt(env: &TestEnv, callback_url: &str) -> Value {
    let (issue, verify) = (env.token(PartnerToken::issue), env.token(PartnerToken::verify));
    post(
        env,
        "/v1/issuer/modify",
        &issue,
        None,
        &json!({ "callbackUrl": callback_url }),
    )
    .await;
    let login = json!({ "email": "ada@example.com" });
    let session = post(env, "/sandbox/v1/sessions", &issue, None, &login).await;
    let session = session["sessionToken"].as_str();
    let mut order = env.order();
    order["cakPublicKey"] = json!(CAK);
    let issued = post(env, "/sandbox/v1/credentials/issue", &issue, session, &order).await;
    env.wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let program = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let started = post(env, "/sandbox/v1/verifications", &verify, session, &program).await;
    let consent = format!(
        "/sandbox/v1/verifications/{}/consent",
        started["verificationId"].as_str().unwrap()
    );
    post(env, &consent, &verify, session, &json!({ "decision": "agree" })).await;
    let attempted = async {
        loop {
            let path = "/sandbox/v1/callbacks";
            let listed = env.call(Method::GET, path, Some(&issue), None).await.1;
            if let Some(attempt) = listed["callbacks"][0]["attempts"].get(0) {
                return attempt.clone();
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), attempted)
        .await
        .unwrap()
}

/// The undelivered attempts, as the operator sees them.
async fn failed_attempt(env: &TestEnv) -> Value {
    let path = "/sandbox/v1/events/log?type=callback.attempted";
    let (_, page) = env.call(Method::GET, path, None, None).await;
    page["events"][0]["data"].clone()
}

#[tokio::test]
async fn a_callback_follows_nobody_reads_no_body_and_waits_for_five_seconds() {
    for (place, status, failure) in [
        ("elsewhere", Some(307), None),
        ("endless", Some(200), None),
        ("silent", None, Some("did not answer within 5 s")),
    ] {
        let env = TestEnv::start().await;
        let (url, followed) = others(String::new()).await;
        let attempt = attempt(&env, &format!("{url}/{place}")).await;
        let is_delivered = status == Some(200);
        assert_eq!(attempt["delivered"], is_delivered, "{place}: {attempt}");
        for detail in ["httpStatus", "failure"] {
            assert!(
                attempt.get(detail).is_none(),
                "a partner sees {detail} of {place}: {attempt}"
            );
        }
        if !is_delivered {
            let seen = failed_attempt(&env).await;
            assert_eq!(seen["httpStatus"].as_u64(), status, "{place}: {seen}");
            let said = seen["failure"].as_str().unwrap_or_default();
            assert!(said.contains(failure.unwrap_or_default()), "{place}: {seen}");
        }
        assert_eq!(followed.load(Ordering::SeqCst), 0, "{place}");
    }
}

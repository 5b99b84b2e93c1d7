//! `Idempotency-Key` on the operator's calls.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::support::{ADMIN_KEY, Behaviour, Issuer, Response, TestEnv};

const ISSUE: &str = "/admin/issue-vc";
const DAY: u64 = 24 * 60 * 60;

fn request() -> Value {
    json!({
        "userId": "ada@example.com",
        "schemaId": "member",
        "vct": "https://issuer.example/types/member",
        "expiration": "2027-06-01",
        "credentialSubject": { "givenName": "Ada", "level": 5 },
    })
}

async fn post(issuer: &Issuer, path: &str, keys: &[&str], body: &Value) -> Response {
    let mut request = Request::post(path)
        .header("x-admin-api-key", ADMIN_KEY)
        .header("content-type", "application/json");
    for key in keys {
        request = request.header("idempotency-key", *key);
    }
    issuer
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

fn is_replayed(response: &Response) -> bool {
    response
        .headers
        .get("idempotent-replayed")
        .is_some_and(|value| value == "true")
}

#[tokio::test]
async fn a_call_takes_effect_once_for_its_key() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let first = post(&issuer, ISSUE, &["row-1"], &request()).await;
    assert_eq!((first.status, is_replayed(&first)), (201, false), "{first:?}");
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    issuer.revoke(&nonce).await;

    for key in ["row-1", "\"row-1\""] {
        let again = post(&issuer, ISSUE, &[key], &request()).await;
        assert_eq!((again.status, is_replayed(&again)), (201, true), "{again:?}");
        assert_eq!(again.header("location"), first.header("location"));
    }
    assert_eq!(env.platform.stored().len(), 1);
    let other = post(&issuer, ISSUE, &["row-2"], &request()).await;
    assert_eq!((other.status, is_replayed(&other)), (201, false));
    assert_eq!(env.platform.stored().len(), 2, "the first one is revoked");
}

#[tokio::test]
async fn each_call_of_the_operator_has_keys() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(post(&issuer, ISSUE, &["a"], &request()).await.status, 201);
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    for (path, body, status) in [
        ("/admin/revoke", json!({ "nonce": nonce }), 201),
        ("/admin/publish-token-status-list", json!({}), 200),
    ] {
        for is_second in [false, true] {
            let response = post(&issuer, path, &[path], &body).await;
            assert_eq!(
                (response.status, is_replayed(&response)),
                (status, is_second),
                "{path}"
            );
        }
    }
    // Revoked once.
    assert_eq!(issuer.service.verify_audit_log().await.unwrap(), Some(3));
}

#[tokio::test]
async fn a_key_of_another_call_is_refused_for_a_day() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(post(&issuer, ISSUE, &["k"], &request()).await.status, 201);
    let mut other = request();
    other["credentialSubject"]["level"] = json!(6);
    env.pass(DAY - 1);
    for (path, body) in [(ISSUE, &other), ("/admin/revoke", &request())] {
        let response = post(&issuer, path, &["k"], body).await;
        assert_eq!(response.status, 422, "{path}: {response:?}");
        let message = "this Idempotency-Key was used for another call; a new call needs a new key";
        assert_eq!(response.json()["message"], message);
    }
    env.pass(1);
    assert_eq!(post(&issuer, ISSUE, &["k"], &other).await.status, 201);
    assert_eq!(env.platform.stored().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_not_stored() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut wrong = request();
    wrong["credentialSubject"] = json!({});
    assert_eq!(post(&issuer, ISSUE, &["k"], &wrong).await.status, 400);
    env.platform.set(Behaviour::Refuses(500));
    assert_eq!(post(&issuer, ISSUE, &["k"], &request()).await.status, 503);
    env.platform.set(Behaviour::Responds);
    let response = post(&issuer, ISSUE, &["k"], &request()).await;
    assert_eq!((response.status, is_replayed(&response)), (201, false));
    assert_eq!(env.platform.stored().len(), 1, "the same credential");
}

#[tokio::test]
async fn a_call_in_progress_is_a_conflict_on_each_instance_and_outlives_its_caller() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let second = env.start().await;
    env.platform.set(Behaviour::Hangs);
    let body = request();
    tokio::select! {
        response = post(&issuer, ISSUE, &["k"], &body) => panic!("dStorage hangs: {response:?}"),
        () = env.platform.wait_for_tries(1) => {}
    }
    // The caller is gone, its call is not.
    for instance in [&issuer, &second] {
        let response = post(instance, ISSUE, &["k"], &body).await;
        assert_eq!(
            (response.status, &response.json()["code"]),
            (409, &json!("in_progress"))
        );
        assert_eq!(response.header("retry-after"), "1");
    }
    env.platform.set(Behaviour::Responds);
    // It ends by the time limit of an upload.
    let response = loop {
        let response = post(&second, ISSUE, &["k"], &body).await;
        if response.status != 409 {
            break response;
        }
    };
    assert_eq!(response.status, 201, "{response:?}");
    assert_eq!(env.platform.stored().len(), 1);
    let replayed = post(&issuer, ISSUE, &["k"], &body).await;
    assert_eq!((replayed.status, is_replayed(&replayed)), (201, true));
}

#[tokio::test]
async fn the_order_of_members_makes_no_other_call() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(post(&issuer, ISSUE, &["k"], &request()).await.status, 201);
    let reordered = json!({
        "credentialSubject": { "level": 5, "givenName": "Ada" },
        "expiration": "2027-06-01",
        "vct": "https://issuer.example/types/member",
        "schemaId": "member",
        "userId": "ada@example.com",
    });
    let again = post(&issuer, ISSUE, &["k"], &reordered).await;
    assert_eq!((again.status, is_replayed(&again)), (201, true), "{again:?}");
    assert_eq!(env.platform.stored().len(), 1);
}

#[tokio::test]
async fn a_call_with_a_key_belongs_to_the_trace_of_its_request() {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let (env, issuer) = TestEnv::with_issuer().await;
    let request = Request::post(ISSUE)
        .header("traceparent", TRACE)
        .header("x-admin-api-key", ADMIN_KEY)
        .header("content-type", "application/json")
        .header("idempotency-key", "k")
        .body(Body::from(request().to_string()));
    assert_eq!(issuer.send(request.unwrap()).await.status, 201);
    assert_eq!(env.platform.traces(), [TRACE]);
}

#[tokio::test]
async fn invalid_keys_are_refused() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let long = "k".repeat(256);
    for keys in [&["a", "b"][..], &["a b"], &[""], &[long.as_str()]] {
        let response = post(&issuer, ISSUE, keys, &request()).await;
        assert_eq!(response.status, 400, "{keys:?}");
        let message = response.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("Idempotency-Key: "), "{message}");
    }
    assert!(env.platform.tries().is_empty());
}

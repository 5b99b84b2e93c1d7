//! dStorage that is slow, loses responses, returns false ones and refuses.

use serde_json::json;

use crate::support::{Behaviour, TestEnv, open, verify};

/// Whether all tries sent the same bytes.
fn are_equal(tries: &[Vec<u8>]) -> bool {
    tries.windows(2).all(|pair| pair[0] == pair[1])
}

#[tokio::test]
async fn a_slow_dstorage_is_a_503_and_the_next_try_joins() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::Hangs);
    let response = issuer.post("/issue-vc", &env.request()).await;
    assert_eq!(response.status, 503);
    assert_eq!(response.header("retry-after"), "1");
    let body = response.json();
    assert_eq!(
        (&body["statusCode"], &body["code"]),
        (&json!(503), &json!("dstorage_unavailable"))
    );

    env.platform.set(Behaviour::Responds);
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let tries = env.platform.tries();
    assert_eq!(tries.len(), 2);
    assert!(are_equal(&tries), "each try has the same bytes");
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn other_routes_answer_while_dstorage_is_slow() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::Hangs);
    let requests: Vec<_> = (0..20)
        .map(|holder| {
            let mut request = env.request();
            request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
            request
        })
        .collect();
    let calls = futures_util::future::join_all(requests.iter().map(|request| issuer.issue(request)));
    let public = async {
        env.platform.wait_for_tries(20).await;
        // All uploads wait now, and none has a connection to the database.
        issuer.get("/revocation-status/1").await.status
    };
    let (statuses, public) = tokio::join!(calls, public);
    assert_eq!(public, 200);
    assert_eq!(statuses, [503; 20]);
}

#[tokio::test]
async fn a_lost_answer_doubles_nothing() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::LosesResponses);
    assert_eq!(issuer.issue(&env.request()).await, 503);
    assert_eq!(env.platform.stored().len(), 1, "dStorage has it");
    env.platform.set(Behaviour::Responds);
    assert_eq!(issuer.issue(&env.request()).await, 201);
    assert_eq!(env.platform.stored().len(), 1);
    assert!(are_equal(&env.platform.tries()));
}

#[tokio::test]
async fn the_worker_retries_where_the_caller_gave_up() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::LosesResponses);
    assert_eq!(issuer.issue(&env.request()).await, 503);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 0, "it is not due");
    env.pass(1);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    env.platform.set(Behaviour::Responds);
    env.pass(2);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    env.pass(1_000);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 0, "it is confirmed");
    assert_eq!(issuer.issue(&env.request()).await, 201);
    assert_eq!(env.platform.tries().len(), 3);
    assert!(are_equal(&env.platform.tries()));
}

#[tokio::test]
async fn a_success_without_a_place_confirms_nothing() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::Lies);
    assert_eq!(issuer.issue(&env.request()).await, 503);
    env.platform.set(Behaviour::Responds);
    env.pass(1);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    let credential = open(&env, &env.platform.stored()[0]);
    verify(&env, &issuer, &credential).await;
}

#[tokio::test]
async fn a_refused_upload_is_tried_again_after_an_hour_or_by_the_caller() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for status in [400, 404, 409, 422] {
        env.platform.set(Behaviour::Refuses(status));
        let response = issuer.post("/issue-vc", &env.request()).await;
        assert_eq!(
            (response.status, &response.json()["code"]),
            (502, &json!("dstorage_refused"))
        );
        assert_eq!(response.header("retry-after"), "3600");
    }
    env.pass(3_599);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 0);
    env.pass(1);
    env.platform.set(Behaviour::Responds);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    assert!(are_equal(&env.platform.tries()));
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn a_busy_or_failing_dstorage_is_a_503() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for status in [401, 403, 429, 500, 503] {
        env.platform.set(Behaviour::Refuses(status));
        assert_eq!(issuer.issue(&env.request()).await, 503, "{status}");
    }
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn what_has_expired_in_the_outbox_is_abandoned() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut request = env.request();
    request["schemaId"] = json!("badge");
    env.platform.set(Behaviour::Refuses(500));
    assert_eq!(issuer.issue(&request).await, 503);
    env.pass(3_600);
    env.platform.set(Behaviour::Responds);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    assert!(env.platform.stored().is_empty());
    assert_eq!(issuer.issue(&request).await, 201, "a new one");
    assert_eq!(issuer.history().await.len(), 2);
    assert_eq!(issuer.service.verify_audit_log().await.unwrap(), Some(4));
}

#[tokio::test]
async fn repeated_failures_pause_the_uploads() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::Refuses(500));
    for holder in 0..11 {
        let mut request = env.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        let response = issuer.post("/issue-vc", &request).await;
        assert_eq!(
            (response.status, &response.json()["code"]),
            (503, &json!("dstorage_unavailable")),
            "{holder}"
        );
    }
    assert_eq!(env.platform.tries().len(), 10, "the last one was not sent");
    assert_eq!(issuer.history().await.len(), 11, "it is recorded");
    let outbox = issuer.get("/admin/outbox").await.json();
    assert_eq!(outbox["data"][10]["lastError"], "paused");
    env.pass(60);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 0);
    assert_eq!(env.platform.tries().len(), 10);
}

//! The process ends between each pair of steps. Nothing is doubled, lost or irrevocable.

use std::sync::Arc;

use crate::support::{Behaviour, TestEnv, check_whole, nonce, open, verify_with_status};

/// The time limit of an upload, and a margin of 5 s.
const LEASE: u64 = 10;

/// Ends the process while an upload waits for its response.
async fn crash_during_upload(env: &TestEnv) {
    let issuer = Arc::new(env.start().await);
    let request = env.request();
    let call = tokio::spawn({
        let issuer = issuer.clone();
        async move { issuer.issue(&request).await }
    });
    env.platform.wait_for_tries(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
}

/// Ends the process after dStorage stored an upload and its response was lost.
async fn crash_after_lost_response(env: &TestEnv) {
    let issuer = env.start().await;
    env.platform.set(Behaviour::LosesResponses);
    assert_eq!(issuer.issue(&env.request()).await, 503);
}

#[tokio::test]
async fn between_the_first_transaction_and_the_upload() {
    let env = TestEnv::new().await;
    env.platform.set(Behaviour::Hangs);
    crash_during_upload(&env).await;
    env.platform.set(Behaviour::Responds);
    let issuer = env.start().await;
    assert_eq!(
        issuer.service.deliver_due().await.unwrap(),
        0,
        "another instance may still upload it"
    );
    env.pass(LEASE);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    check_whole(&env, &issuer).await;
}

#[tokio::test]
async fn between_the_first_transaction_and_the_upload_with_a_caller_who_comes_back() {
    let env = TestEnv::new().await;
    env.platform.set(Behaviour::Hangs);
    crash_during_upload(&env).await;
    env.platform.set(Behaviour::Responds);
    let issuer = env.start().await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    check_whole(&env, &issuer).await;
}

#[tokio::test]
async fn between_the_upload_and_the_second_transaction() {
    let env = TestEnv::new().await;
    crash_after_lost_response(&env).await;
    env.platform.set(Behaviour::Responds);
    let issuer = env.start().await;
    env.pass(LEASE);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    check_whole(&env, &issuer).await;
}

#[tokio::test]
async fn between_the_second_transaction_and_the_answer() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    drop(issuer);
    let issuer = env.start().await;
    assert_eq!(
        issuer.issue(&env.request()).await,
        201,
        "the caller missed the response"
    );
    assert_eq!(env.platform.tries().len(), 1);
    check_whole(&env, &issuer).await;
}

#[tokio::test]
async fn a_prepared_credential_can_be_revoked() {
    let env = TestEnv::new().await;
    crash_after_lost_response(&env).await;
    let issuer = env.start().await;
    let nonce = nonce(&issuer.history().await);
    issuer.revoke(&nonce).await;
    let credential = open(&env, &env.platform.stored()[0]);
    assert!(verify_with_status(&env, &issuer, &credential).await.is_err());
    env.pass(1_000);
    assert_eq!(
        issuer.service.deliver_due().await.unwrap(),
        0,
        "it is not uploaded any more"
    );
}

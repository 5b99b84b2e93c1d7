//! The process ends between each pair of steps. Nothing is doubled, lost or irrevocable.

use std::sync::Arc;

use crate::support::{Behaviour, World, check_whole, nonce, open, verify_with_status};

/// Longer than the time limit of an upload.
const LEASE: u64 = 6;

/// Ends the process while an upload waits for its response.
async fn crash_during_upload(world: &World) {
    let issuer = Arc::new(world.start().await);
    let request = world.request();
    let call = tokio::spawn({
        let issuer = issuer.clone();
        async move { issuer.issue(&request).await }
    });
    world.platform.wait_for_tries(1).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
}

/// Ends the process after dStorage stored an upload and its response was lost.
async fn crash_after_lost_response(world: &World) {
    let issuer = world.start().await;
    world.platform.set(Behaviour::LosesResponses);
    assert_eq!(issuer.issue(&world.request()).await, 503);
}

#[tokio::test]
async fn between_the_first_transaction_and_the_upload() {
    let world = World::new().await;
    world.platform.set(Behaviour::Hangs);
    crash_during_upload(&world).await;
    world.platform.set(Behaviour::Responds);
    let issuer = world.start().await;
    assert_eq!(
        issuer.service.deliver_due().await.unwrap(),
        0,
        "another instance may still upload it"
    );
    world.pass(LEASE);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    check_whole(&world, &issuer).await;
}

#[tokio::test]
async fn between_the_first_transaction_and_the_upload_with_a_caller_who_comes_back() {
    let world = World::new().await;
    world.platform.set(Behaviour::Hangs);
    crash_during_upload(&world).await;
    world.platform.set(Behaviour::Responds);
    let issuer = world.start().await;
    assert_eq!(issuer.issue(&world.request()).await, 201);
    check_whole(&world, &issuer).await;
}

#[tokio::test]
async fn between_the_upload_and_the_second_transaction() {
    let world = World::new().await;
    crash_after_lost_response(&world).await;
    world.platform.set(Behaviour::Responds);
    let issuer = world.start().await;
    world.pass(LEASE);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    check_whole(&world, &issuer).await;
}

#[tokio::test]
async fn between_the_second_transaction_and_the_answer() {
    let (world, issuer) = World::with_issuer().await;
    assert_eq!(issuer.issue(&world.request()).await, 201);
    drop(issuer);
    let issuer = world.start().await;
    assert_eq!(
        issuer.issue(&world.request()).await,
        201,
        "the caller missed the response"
    );
    assert_eq!(world.platform.tries().len(), 1);
    check_whole(&world, &issuer).await;
}

#[tokio::test]
async fn a_prepared_credential_can_be_revoked() {
    let world = World::new().await;
    crash_after_lost_response(&world).await;
    let issuer = world.start().await;
    let nonce = nonce(&issuer.history().await);
    issuer.revoke(&nonce).await;
    let credential = open(&world, &world.platform.stored()[0]);
    assert!(verify_with_status(&world, &issuer, &credential).await.is_err());
    world.pass(1_000);
    assert_eq!(
        issuer.service.deliver_due().await.unwrap(),
        0,
        "it is not uploaded any more"
    );
}

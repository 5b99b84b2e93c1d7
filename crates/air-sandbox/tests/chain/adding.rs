//! A chain that is added to a ledger, taken away, and lost: credentials that were anchored before
//! wait, and are reported once.

use air_sandbox::{Data, Platform};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    fake::FakeNode,
    status::{chain, reason, status, until},
    test_env::{Time, account, issue, settings, start_without, try_start},
};
use crate::support::TestEnv;

const DAY: u64 = 86_400;

/// Stops the platform, and starts another one on its data for the same partner.
async fn restart(env: TestEnv, start: impl AsyncFnOnce() -> Platform) -> TestEnv {
    env.platform.stop().await.unwrap();
    TestEnv {
        platform: start().await,
        http: env.http,
        jwks: env.jwks,
        key: env.key,
        ids: env.ids,
    }
}

async fn advance(env: &TestEnv, days: u64) {
    let later = json!({ "advanceSeconds": days * DAY });
    let path = "/sandbox/v1/clock";
    let (code, answer) = env.call(Method::PUT, path, None, Some(&later)).await;
    assert!(code.is_success(), "{answer}");
}

/// The hashes of the events `credential.anchored`, in order.
async fn reported(env: &TestEnv) -> Vec<String> {
    let path = "/sandbox/v1/events/log?limit=500&type=credential.anchored";
    let (_, page) = env.call(Method::GET, path, None, None).await;
    let events = page["events"].as_array().unwrap().iter();
    let hash = |event: &Value| event["data"]["coreClaimHash"].as_str().unwrap().to_owned();
    events.map(hash).collect()
}

fn states(status: &Value) -> Vec<&str> {
    let history = status["sandbox"]["anchoring"]["history"].as_array().unwrap();
    history
        .iter()
        .map(|event| event["state"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn credentials_from_before_the_chain_wait_for_it_and_are_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let node = FakeNode::serve(account()).await;
    node.state().is_automatic = false;
    let time = Time::new();
    let with_chain = async || try_start(data(), &time, settings(&node.url)).await.unwrap();
    let without_chain = async || start_without(data(), &time).await;

    let env = TestEnv::start_on(without_chain().await).await;
    let mut hashes = issue(&env, 2).await;
    for hash in &hashes {
        env.wait_until_anchored(hash).await;
    }
    advance(&env, 3).await;

    // The contract is not even deployed.
    let env = restart(env, with_chain).await;
    let waiting = status(&env, &hashes[0]).await;
    assert_eq!(waiting["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(waiting["sandbox"]["anchoring"]["state"], "queued", "{waiting}");
    assert_eq!(*reason(&waiting), "awaitingCheckpoint");

    // A credential that no checkpoint has when the chain is taken away is anchored by its block.
    hashes.extend(issue(&env, 1).await);
    until(&env, &hashes[2], |status| *reason(status) == "awaitingCheckpoint").await;
    assert_eq!(reported(&env).await, hashes[..2]);
    let env = restart(env, without_chain).await;
    assert_eq!(status(&env, &hashes[2]).await["vcStatus"], "ONCHAIN");
    assert_eq!(reported(&env).await, hashes);
    advance(&env, 3).await;

    let env = restart(env, with_chain).await;
    assert_eq!(
        status(&env, &hashes[2]).await["sandbox"]["anchoring"]["state"],
        "queued"
    );
    {
        let mut state = node.state();
        state.is_automatic = true;
        state.mine();
    }
    hashes.extend(issue(&env, 1).await);
    for hash in &hashes {
        let anchored = until(&env, hash, |status| status["vcStatus"] == "ONCHAIN").await;
        assert_eq!(chain(&anchored)["state"], "final");
        assert_eq!(states(&anchored), ["queued", "anchored"], "{anchored}");
    }
    assert_eq!(reported(&env).await, hashes);
}

#[tokio::test]
async fn credentials_in_a_lost_checkpoint_wait_for_it_and_are_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let node = FakeNode::serve(account()).await;
    let time = Time::new();
    let start = async || try_start(data(), &time, settings(&node.url)).await.unwrap();
    let env = TestEnv::start_on(start().await).await;
    let mut hashes = Vec::new();
    for _ in 0..2 {
        let hash = issue(&env, 1).await.remove(0);
        until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
        hashes.push(hash);
    }
    advance(&env, 3).await;
    assert_eq!(reported(&env).await, hashes);

    {
        let mut state = node.state();
        state.reorganise(1);
        state.is_automatic = false;
        assert_eq!(state.size(), 1);
    }
    let env = restart(env, start).await;
    let waiting = until(&env, &hashes[1], |status| status["vcStatus"] != "ONCHAIN").await;
    assert_eq!(waiting["sandbox"]["anchoring"]["state"], "queued", "{waiting}");
    {
        let mut state = node.state();
        state.mine();
        state.is_automatic = true;
    }
    node.until(|state| state.size() == 2).await;
    let again = until(&env, &hashes[1], |status| status["vcStatus"] == "ONCHAIN").await;
    assert_eq!(states(&again), ["queued", "anchored"], "{again}");
    assert_eq!(reported(&env).await, hashes);
}

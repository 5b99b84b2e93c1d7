//! Faults, snapshots and the reset can't cut the ledger below a checkpoint that may be on the chain.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    status::{chain, until},
    test_env::{head, issue, test_env},
};
use crate::support::{self, TestEnv};

async fn post(env: &TestEnv, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
    env.call(Method::POST, path, None, body).await
}

pub(super) async fn save(env: &TestEnv, name: &str) {
    let snapshot = json!({ "name": name });
    let (status, answer) = post(env, "/sandbox/v1/snapshots", Some(&snapshot)).await;
    assert!(status.is_success(), "{answer}");
}

async fn restore(env: &TestEnv, name: &str) -> (StatusCode, Value) {
    post(env, &format!("/sandbox/v1/snapshots/{name}/restore"), None).await
}

/// Each way to shorten the ledger is refused, and it keeps its entries.
pub(super) async fn expect_no_cut(env: &TestEnv, older: &str, entries: u64) {
    let cut = json!({ "reorganiseBlocks": 1 });
    let path = "/sandbox/v1/faults";
    let (status, answer) = env.call(Method::PUT, path, None, Some(&cut)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = restore(env, older).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = post(env, "/sandbox/v1/reset", None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert_eq!(head(env).await["treeSize"], entries, "nothing was cut");
}

#[tokio::test]
async fn the_ledger_is_not_cut_below_a_final_checkpoint() {
    if support::is_postgres() {
        return; // PostgreSQL has no snapshots.
    }
    let (env, node, _) = test_env(|_| {}).await;
    save(&env, "before").await;
    let hash = issue(&env, 2).await.remove(1);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    save(&env, "after").await;
    expect_no_cut(&env, "before", 2).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 3).await;
    let (status, answer) = restore(&env, "after").await;
    assert_eq!(
        status,
        StatusCode::CONFLICT,
        "by now the chain has three entries: {answer}"
    );
}

/// A transaction that waits for a block may be mined at any time.
#[tokio::test]
async fn the_ledger_is_not_cut_below_a_sent_checkpoint() {
    if support::is_postgres() {
        return; // PostgreSQL has no snapshots.
    }
    let (env, node, _) = test_env(|_| {}).await;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1 && state.is_settled()).await;
    node.state().is_automatic = false;
    save(&env, "before").await;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| chain(status)["state"] == "sent").await;
    expect_no_cut(&env, "before", 2).await;

    // A snapshot with the checkpoint can be restored, although the ledger has grown since.
    save(&env, "after").await;
    let later = issue(&env, 1).await.remove(0);
    while head(&env).await["treeSize"] != 3 {}
    let (status, answer) = restore(&env, "after").await;
    assert!(status.is_success(), "{answer}");
    assert_eq!(head(&env).await["treeSize"], 2);
    {
        let mut state = node.state();
        state.mine();
        state.is_automatic = true;
    }
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let next = issue(&env, 1).await.remove(0);
    assert_ne!(next, later);
    until(&env, &next, |status| status["vcStatus"] == "ONCHAIN").await;
    assert_eq!(node.state().size(), 3);
}

//! Faults, snapshots and the reset can't cut the ledger below a checkpoint that may be on the chain.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    status::{chain, until},
    world::{head, issue, world},
};
use crate::support::{self, TestEnv};

async fn post(world: &TestEnv, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
    world.call(Method::POST, path, None, body).await
}

pub(super) async fn save(world: &TestEnv, name: &str) {
    let snapshot = json!({ "name": name });
    let (status, answer) = post(world, "/sandbox/v1/snapshots", Some(&snapshot)).await;
    assert!(status.is_success(), "{answer}");
}

async fn restore(world: &TestEnv, name: &str) -> (StatusCode, Value) {
    post(world, &format!("/sandbox/v1/snapshots/{name}/restore"), None).await
}

/// Each way to shorten the ledger is refused, and it keeps its entries.
pub(super) async fn expect_no_cut(world: &TestEnv, older: &str, entries: u64) {
    let cut = json!({ "reorganiseBlocks": 1 });
    let path = "/sandbox/v1/faults";
    let (status, answer) = world.call(Method::PUT, path, None, Some(&cut)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = restore(world, older).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = post(world, "/sandbox/v1/reset", None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert_eq!(head(world).await["treeSize"], entries, "nothing was cut");
}

#[tokio::test]
async fn the_ledger_is_not_cut_below_a_final_checkpoint() {
    if support::is_postgres() {
        return; // PostgreSQL has no snapshots.
    }
    let (world, node, _) = world(|_| {}).await;
    save(&world, "before").await;
    let hash = issue(&world, 2).await.remove(1);
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    save(&world, "after").await;
    expect_no_cut(&world, "before", 2).await;
    issue(&world, 1).await;
    node.until(|state| state.size() == 3).await;
    let (status, answer) = restore(&world, "after").await;
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
    let (world, node, _) = world(|_| {}).await;
    issue(&world, 1).await;
    node.until(|state| state.size() == 1 && state.is_settled()).await;
    node.state().is_automatic = false;
    save(&world, "before").await;
    let hash = issue(&world, 1).await.remove(0);
    until(&world, &hash, |status| chain(status)["state"] == "sent").await;
    expect_no_cut(&world, "before", 2).await;

    // A snapshot with the checkpoint can be restored, although the ledger has grown since.
    save(&world, "after").await;
    let later = issue(&world, 1).await.remove(0);
    while head(&world).await["treeSize"] != 3 {}
    let (status, answer) = restore(&world, "after").await;
    assert!(status.is_success(), "{answer}");
    assert_eq!(head(&world).await["treeSize"], 2);
    {
        let mut state = node.state();
        state.mine();
        state.is_automatic = true;
    }
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let next = issue(&world, 1).await.remove(0);
    assert_ne!(next, later);
    until(&world, &next, |status| status["vcStatus"] == "ONCHAIN").await;
    assert_eq!(node.state().size(), 3);
}

//! The chain as callers see it.

use air_ledger::evm::AnchorProof;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    fake::{Answer, CONTRACT},
    world::{issue, world},
};
use crate::support::TestEnv;
use air_jwt::PartnerToken;

pub(super) async fn status(world: &TestEnv, hash: &str) -> Value {
    let token = world.token(PartnerToken::issue);
    let path = format!("/v1/credentials/status?coreClaimHash={hash}");
    world.call(Method::GET, &path, Some(&token), None).await.1
}

/// Asks until the status is so. Each question is a round trip.
pub(super) async fn until(world: &TestEnv, hash: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let status = status(world, hash).await;
            if is_so(&status) {
                return status;
            }
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(40), wait).await;
    if let Ok(status) = found {
        return status;
    }
    panic!("{}", status(world, hash).await)
}

pub(super) fn reason(status: &Value) -> &Value {
    &status["sandbox"]["anchoring"]["reason"]
}

pub(super) fn chain(status: &Value) -> &Value {
    &status["sandbox"]["anchoring"]["chain"]
}

#[tokio::test]
async fn a_credential_is_on_chain_when_its_checkpoint_is_final() {
    let (world, node, _) = world(|settings| settings.finality = "finalized".parse().unwrap()).await;
    node.state().finality = 2;
    node.until(|state| state.ledger().is_some()).await;
    node.state().is_automatic = false;
    let hash = issue(&world, 1).await.remove(0);

    let sent = until(&world, &hash, |status| chain(status)["state"] == "sent").await;
    assert_eq!(sent["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(*reason(&sent), "awaitingCheckpoint");
    assert_eq!(chain(&sent)["chainId"], 5151);
    assert_eq!(chain(&sent)["contract"], CONTRACT);
    assert_eq!(chain(&sent)["ledgerSize"], 1);

    node.state().mine();
    let included = until(&world, &hash, |status| chain(status)["state"] == "included").await;
    assert_eq!(included["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(*reason(&included), "awaitingFinality");
    assert_eq!(
        chain(&included)["transactionHash"],
        chain(&sent)["transactionHash"]
    );
    let proof = format!("/sandbox/v1/ledger/anchor-proofs/{hash}");
    let (refused, answer) = world.call(Method::GET, &proof, None, None).await;
    assert_eq!(refused, StatusCode::CONFLICT, "{answer}");

    node.state().mine();
    node.state().mine();
    let anchored = until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    assert_eq!(chain(&anchored)["state"], "final");
    assert_eq!(chain(&anchored)["blockNumber"], chain(&included)["blockNumber"]);
    assert_eq!(anchored["sandbox"]["anchoring"]["state"], "anchored");
    assert!(reason(&anchored).is_null());
    // The receipt's gas, at 1.5 gwei.
    assert_eq!(
        (
            &chain(&anchored)["gasUsed"],
            &chain(&anchored)["effectiveGasPrice"]
        ),
        (&json!(21_000), &json!("0x59682f00"))
    );
    assert_eq!(chain(&sent)["gasUsed"], Value::Null);
    let block = |status: &Value, member: &str| chain(status)[member].as_u64().unwrap();
    assert!(block(&anchored, "finalizedBlock") >= block(&anchored, "blockNumber"));
}

/// A chain of the Cosmos family has no Merkle Patricia proofs.
#[tokio::test]
async fn a_proof_without_evidence_leads_to_the_checkpoint() {
    let (world, node, _) = world(|_| {}).await;
    let hash = issue(&world, 3).await.remove(1);
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let path = format!("/sandbox/v1/ledger/anchor-proofs/{hash}");
    let (status, file) = world.call(Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{file}");
    let proof = AnchorProof::from_json(&file.to_string()).unwrap();
    proof.verify_inclusion().unwrap();
    assert_eq!(proof.evidence, None);
    assert_eq!(proof.anchor.contract.to_string(), CONTRACT);
    let root = node.state().ledger().unwrap().roots[&proof.inclusion.tree_size];
    assert_eq!(*proof.inclusion.root.as_bytes(), root);
    let unknown = format!("/sandbox/v1/ledger/anchor-proofs/{}", "00".repeat(32));
    let (status, answer) = world.call(Method::GET, &unknown, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
}

#[tokio::test]
async fn the_status_says_what_keeps_the_checkpoint() {
    let (world, node, _) = world(|settings| settings.max_fee = Some(5_000_000_000)).await;
    let first = issue(&world, 1).await.remove(0);
    until(&world, &first, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state().is_poor = true;
    let hash = issue(&world, 1).await.remove(0);
    until(&world, &hash, |status| *reason(status) == "outOfFunds").await;
    node.state().is_poor = false;
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state().base_fee = Some(6_000_000_000);
    let hash = issue(&world, 1).await.remove(0);
    let waiting = until(&world, &hash, |status| *reason(status) == "feesTooHigh").await;
    assert_eq!(chain(&waiting)["state"], "waiting");
    node.state().base_fee = Some(1_000_000_000);
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state()
        .answers
        .insert("eth_getTransactionCount", Answer::TooMany);
    let hash = issue(&world, 1).await.remove(0);
    until(&world, &hash, |status| *reason(status) == "chainUnreachable").await;
    node.state().chain_id = 1;
    node.state().answers.clear();
    until(&world, &hash, |status| *reason(status) == "wrongChain").await;
    node.state().chain_id = 5151;
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state().lie = Some([7; 32]);
    let hash = issue(&world, 1).await.remove(0);
    let refused = until(&world, &hash, |status| *reason(status) == "contractRefused").await;
    assert_eq!(refused["vcStatus"], "WAIT_ONCHAIN");
}

#[tokio::test]
async fn the_ledger_is_not_cut_below_a_checkpoint() {
    if crate::support::is_postgres() {
        return; // PostgreSQL has no snapshots.
    }
    let (world, node, _) = world(|_| {}).await;
    let snapshot = json!({ "name": "before" });
    let save = async |snapshot: &Value| {
        let path = "/sandbox/v1/snapshots";
        world.call(Method::POST, path, None, Some(snapshot)).await.0
    };
    assert!(save(&snapshot).await.is_success());
    let hash = issue(&world, 2).await.remove(1);
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    assert!(save(&json!({ "name": "after" })).await.is_success());

    let cut = json!({ "reorganiseBlocks": 1 });
    let (status, answer) = world
        .call(Method::PUT, "/sandbox/v1/faults", None, Some(&cut))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let restore = async |name: &str| {
        let path = format!("/sandbox/v1/snapshots/{name}/restore");
        world.call(Method::POST, &path, None, None).await
    };
    let (status, answer) = restore("before").await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = world.call(Method::POST, "/sandbox/v1/reset", None, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert_eq!(super::world::head(&world).await["treeSize"], 2, "nothing was cut");
    // A newer snapshot has the checkpoint.
    issue(&world, 1).await;
    node.until(|state| state.size() == 3).await;
    let (status, answer) = restore("after").await;
    assert_eq!(
        status,
        StatusCode::CONFLICT,
        "by now the chain has three entries: {answer}"
    );
}

#[tokio::test]
async fn the_operator_sees_the_chain() {
    let (world, node, _) = world(|_| {}).await;
    let hash = issue(&world, 2).await.remove(1);
    let anchored = until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let (status, report) = world.call(Method::GET, "/sandbox/v1/chain", None, None).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!(
        (&report["chainId"], &report["contract"]),
        (&json!(5151), &json!(CONTRACT))
    );
    assert_eq!(
        (&report["finalEntries"], &report["lagEntries"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(
        (&report["node"]["isCodeKnown"], &report["node"]["balanceWei"]),
        (&json!(true), &json!("1000000000000000000"))
    );
    node.state().is_poor = true;
    let (_, report) = world.call(Method::GET, "/sandbox/v1/chain", None, None).await;
    assert_eq!(report["node"]["checkpointsLeft"], 0);

    let page = async |path: &str| {
        let url = format!("{}/dashboard/{path}", world.platform.url());
        world.http.get(url).send().await.unwrap().text().await.unwrap()
    };
    let transaction = chain(&anchored)["transactionHash"].as_str().unwrap();
    let checkpoints = page("checkpoints").await;
    assert!(
        [transaction, "final", "21,000", "1.50 gwei"]
            .iter()
            .all(|part| checkpoints.contains(part)),
        "{checkpoints}"
    );
    let path = format!("credentials/{hash}");
    let policy = async |path: &str| {
        let url = format!("{}/dashboard/{path}", world.platform.url());
        let headers = world.http.get(url).send().await.unwrap().headers().clone();
        headers["content-security-policy"].to_str().unwrap().to_owned()
    };
    let module = "script-src 'self' 'wasm-unsafe-eval';";
    assert!(policy(&path).await.contains(module));
    assert!(!policy("checkpoints").await.contains(module));
    let credential = page(&path).await;
    assert!(
        [transaction, "anchor.js", "21,000"]
            .iter()
            .all(|part| credential.contains(part)),
        "{credential}"
    );
}

#[tokio::test]
async fn metrics_show_the_chain() {
    let (world, _, _) = world(|_| {}).await;
    let hash = issue(&world, 2).await.remove(1);
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let url = format!("{}/metrics", world.platform.url());
    let text = world.http.get(url).send().await.unwrap().text().await.unwrap();
    for sample in [
        "air_chain_final_entries 2",
        "air_chain_lag_entries 0",
        "air_chain_lag_seconds 0",
        "air_chain_replacements_total 0",
        "air_chain_reorganisations_total 0",
        "air_chain_balance 1.0",
    ] {
        assert!(text.contains(sample), "{sample}: {text}");
    }
}

//! The chain as callers see it.

use air_ledger::evm::AnchorProof;
use air_sandbox::chain::Finality;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    fake::{Answer, CONTRACT, State},
    test_env::{issue, test_env},
};
use crate::support::TestEnv;
use air_jwt::PartnerToken;

pub(super) async fn status(env: &TestEnv, hash: &str) -> Value {
    let token = env.token(PartnerToken::issue);
    let path = format!("/v1/credentials/status?coreClaimHash={hash}");
    env.call(Method::GET, &path, Some(&token), None).await.1
}

/// Asks until the status is so. Each question is a round trip.
pub(super) async fn until(env: &TestEnv, hash: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let status = status(env, hash).await;
            if is_so(&status) {
                return status;
            }
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(40), wait).await;
    if let Ok(status) = found {
        return status;
    }
    panic!("{}", status(env, hash).await)
}

pub(super) fn reason(status: &Value) -> &Value {
    &status["sandbox"]["anchoring"]["reason"]
}

pub(super) fn chain(status: &Value) -> &Value {
    &status["sandbox"]["anchoring"]["chain"]
}

#[tokio::test]
async fn a_credential_is_on_chain_when_its_checkpoint_is_final() {
    let (env, node, _) = test_env(|settings| settings.finality = "finalized".parse().unwrap()).await;
    node.state().finality = 2;
    node.until(|state| state.ledger().is_some()).await;
    node.state().is_automatic = false;
    let before = node.state().sent.len();
    let hash = issue(&env, 1).await.remove(0);

    let sent = until(&env, &hash, |status| chain(status)["state"] == "sent").await;
    // A checkpoint is stored as sent before it is sent.
    node.until(|state| state.sent.len() > before).await;
    assert_eq!(sent["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(*reason(&sent), "awaitingCheckpoint");
    assert_eq!(chain(&sent)["chainId"], 5151);
    assert_eq!(chain(&sent)["contract"], CONTRACT);
    assert_eq!(chain(&sent)["ledgerSize"], 1);

    node.state().mine();
    let included = until(&env, &hash, |status| chain(status)["state"] == "included").await;
    assert_eq!(included["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(*reason(&included), "awaitingFinality");
    assert_eq!(
        chain(&included)["transactionHash"],
        chain(&sent)["transactionHash"]
    );
    let proof = format!("/sandbox/v1/ledger/anchor-proofs/{hash}");
    let (refused, answer) = env.call(Method::GET, &proof, None, None).await;
    assert_eq!(refused, StatusCode::CONFLICT, "{answer}");

    node.state().mine();
    node.state().mine();
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
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
    let (env, node, _) = test_env(|_| {}).await;
    let hash = issue(&env, 3).await.remove(1);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let path = format!("/sandbox/v1/ledger/anchor-proofs/{hash}");
    let (status, file) = env.call(Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{file}");
    let proof = AnchorProof::from_json(&file.to_string()).unwrap();
    proof.verify_inclusion().unwrap();
    assert_eq!(proof.evidence, None);
    assert_eq!(proof.anchor.contract.to_string(), CONTRACT);
    let root = node.state().ledger().unwrap().roots[&proof.inclusion.tree_size];
    assert_eq!(*proof.inclusion.root.as_bytes(), root);
    let unknown = format!("/sandbox/v1/ledger/anchor-proofs/{}", "00".repeat(32));
    let (status, answer) = env.call(Method::GET, &unknown, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
}

#[tokio::test]
async fn the_status_says_what_keeps_the_checkpoint() {
    let (env, node, _) = test_env(|settings| settings.max_fee = Some(5_000_000_000)).await;
    let first = issue(&env, 1).await.remove(0);
    until(&env, &first, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state().is_poor = true;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "outOfFunds").await;
    node.state().is_poor = false;
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state().base_fee = Some(6_000_000_000);
    let hash = issue(&env, 1).await.remove(0);
    let waiting = until(&env, &hash, |status| *reason(status) == "feesTooHigh").await;
    assert_eq!(chain(&waiting)["state"], "waiting");
    node.state().base_fee = Some(1_000_000_000);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state()
        .answers
        .insert("eth_getTransactionCount", Answer::TooMany);
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "chainUnreachable").await;
    node.state().chain_id = 1;
    node.state().answers.clear();
    until(&env, &hash, |status| *reason(status) == "wrongChain").await;
    node.state().chain_id = 5151;
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;

    node.state().lie = Some([7; 32]);
    let hash = issue(&env, 1).await.remove(0);
    let refused = until(&env, &hash, |status| *reason(status) == "contractRefused").await;
    assert_eq!(refused["vcStatus"], "WAIT_ONCHAIN");
}

#[tokio::test]
async fn the_operator_sees_the_chain() {
    let (env, node, _) = test_env(|_| {}).await;
    let hash = issue(&env, 2).await.remove(1);
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let (status, report) = env.call(Method::GET, "/sandbox/v1/chain", None, None).await;
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
    let (_, report) = env.call(Method::GET, "/sandbox/v1/chain", None, None).await;
    assert_eq!(report["node"]["checkpointsLeft"], 0);

    let page = async |path: &str| {
        let url = format!("{}/dashboard/{path}", env.platform.url());
        env.http.get(url).send().await.unwrap().text().await.unwrap()
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
        let url = format!("{}/dashboard/{path}", env.platform.url());
        let headers = env.http.get(url).send().await.unwrap().headers().clone();
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
    let (env, _, _) = test_env(|_| {}).await;
    let hash = issue(&env, 2).await.remove(1);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let samples = [
        "air_chain_final_entries 2",
        "air_chain_lag_entries 0",
        "air_chain_lag_seconds 0",
        "air_chain_replacements_total 0",
        "air_chain_reorganisations_total 0",
        "air_chain_balance 1.0",
    ];
    expect_samples(&env, &samples).await;
}

pub(super) async fn expect_samples(env: &TestEnv, samples: &[&str]) {
    let url = format!("{}/metrics", env.platform.url());
    let text = env.http.get(url).send().await.unwrap().text().await.unwrap();
    for sample in samples {
        assert!(text.contains(sample), "{sample}: {text}");
    }
}

/// The page of checkpoints shows each state of a checkpoint, the lag, and the reason for it.
#[tokio::test]
async fn the_operator_sees_what_waits() {
    let (env, node, time) = test_env(|settings| settings.finality = Finality::Depth(2)).await;
    node.until(|state| state.ledger().is_some()).await;
    let page = async || {
        let url = format!("{}/dashboard/checkpoints", env.platform.url());
        env.http.get(url).send().await.unwrap().text().await.unwrap()
    };
    let expect = async |parts: &[&str]| {
        let page = page().await;
        for part in parts {
            assert!(page.contains(part), "{part}: {page}");
        }
    };
    let no_lag = "<dt>Lag</dt><dd>none</dd>";
    expect(&[no_lag]).await;

    node.state().is_automatic = false;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| chain(status)["state"] == "sent").await;
    node.until(State::is_followed).await;
    expect(&["waits for a block", "at most ", "1 entry, the oldest for "]).await;
    let alarm = "<code>outOfFunds</code>";
    assert!(!page().await.contains(alarm));

    // The transaction is sent again after ten seconds.
    node.state().is_poor = true;
    time.advance(10);
    until(&env, &hash, |status| *reason(status) == "outOfFunds").await;
    expect(&[alarm, "waits for a block"]).await;
    let (_, report) = env.call(Method::GET, "/sandbox/v1/chain", None, None).await;
    assert_eq!(
        (&report["alarm"], &report["lagEntries"]),
        (&json!("outOfFunds"), &json!(1))
    );
    assert!(report["lagSeconds"].as_u64().unwrap() >= 10, "{report}");

    node.state().is_poor = false;
    node.state().mine();
    until(&env, &hash, |status| *reason(status) == "awaitingFinality").await;
    expect(&["not final yet", "21,000", "1 entry, the oldest for "]).await;
    node.state().mine();
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    expect(&[">final<", no_lag]).await;
    assert!(!page().await.contains(alarm));
}

/// The block of a checkpoint is replaced, and its transaction is stuck then.
#[tokio::test]
async fn a_reorganisation_and_a_replacement_are_reported() {
    let (env, node, time) = test_env(|settings| settings.finality = Finality::Depth(3)).await;
    let hash = issue(&env, 1).await.remove(0);
    let included = until(&env, &hash, |status| chain(status)["state"] == "included").await;
    {
        let mut state = node.state();
        state.is_automatic = false;
        state.reorganise(1);
    }
    let taken_back = until(&env, &hash, |status| *reason(status) == "reorganised").await;
    assert_eq!(chain(&taken_back)["state"], "sent", "{taken_back}");
    assert_eq!(
        chain(&taken_back)["transactionHash"],
        chain(&included)["transactionHash"]
    );
    assert_eq!(chain(&taken_back)["blockHash"], Value::Null, "{taken_back}");
    expect_samples(
        &env,
        &[
            "air_chain_reorganisations_total 1",
            "air_chain_replacements_total 0",
        ],
    )
    .await;

    // The time of sending is stored before the clock moves.
    node.until(State::is_followed).await;
    time.advance(30);
    until(&env, &hash, |status| chain(status)["attempts"] == 2).await;
    expect_samples(
        &env,
        &[
            "air_chain_reorganisations_total 1",
            "air_chain_replacements_total 1",
        ],
    )
    .await;
    // The contract has the first nonce.
    node.until(|state| state.of_nonce(1).len() == 2).await;
    for _ in 0..3 {
        node.state().mine();
    }
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    assert!(reason(&anchored).is_null(), "{anchored}");
    assert_ne!(
        chain(&anchored)["transactionHash"],
        chain(&included)["transactionHash"],
        "the replacement is in the block"
    );
}

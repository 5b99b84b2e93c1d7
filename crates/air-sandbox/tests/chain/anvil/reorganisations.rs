//! anvil replaces blocks. It does not put their transactions back into its pool.

use air_sandbox::{Data, chain::Finality};
use serde_json::{Value, json};

use super::{Anvil, test_env};
use crate::{
    chain::{
        status::{chain, expect_samples, reason, status, until},
        test_env::{Time, issue},
    },
    support::TestEnv,
};

/// The bytes of a credential's transaction, by its hash. The node has them if they are in its pool
/// or in a block.
async fn bytes_of(anvil: &Anvil, hash: &Value) -> Value {
    anvil.rpc("eth_getRawTransactionByHash", json!([hash])).await
}

async fn transaction_of(env: &TestEnv, credential: &str) -> Value {
    chain(&status(env, credential).await)["transactionHash"].clone()
}

/// Three checkpoints are in a block each, and the newest blocks are replaced.
async fn reorganise(depth: usize) {
    let anvil = Anvil::start(&[]);
    let env = test_env(&anvil, Data::Memory, &Time::new(), Finality::Depth(8)).await;
    let mut credentials = Vec::new();
    let mut transactions = Vec::new();
    for _ in 0..3 {
        let credential = issue(&env, 1).await.remove(0);
        let included = until(&env, &credential, |status| chain(status)["state"] == "included").await;
        let hash = chain(&included)["transactionHash"].clone();
        let bytes = bytes_of(&anvil, &hash).await;
        assert!(bytes.is_string(), "{bytes}");
        transactions.push((hash, bytes));
        credentials.push(credential);
    }
    let root = anvil.until_anchored(3).await;

    anvil.set_automine(false).await;
    anvil.rpc("anvil_reorg", json!([depth, []])).await;
    assert_eq!(super::contract_size(&anvil).await, 3 - depth as u64);
    let lost = 3 - depth..3;
    for index in lost.clone() {
        let is_taken_back =
            |status: &Value| *reason(status) == "reorganised" && chain(status)["state"] == "sent";
        until(&env, &credentials[index], is_taken_back).await;
    }
    for (hash, bytes) in &transactions[lost] {
        let sent_again = anvil
            .until(async || Some(bytes_of(&anvil, hash).await).filter(Value::is_string))
            .await;
        assert_eq!(sent_again, *bytes);
    }
    let sample = format!("air_chain_reorganisations_total {depth}");
    expect_samples(&env, &[sample.as_str()]).await;

    anvil.set_automine(true).await;
    anvil.mine(1).await;
    assert_eq!(anvil.until_anchored(3).await, root);
    let newest = credentials.last().unwrap();
    until(&env, newest, |status| chain(status)["state"] == "included").await;
    anvil.mine(8).await;
    for (credential, (hash, bytes)) in credentials.iter().zip(&transactions) {
        until(&env, credential, |status| status["vcStatus"] == "ONCHAIN").await;
        assert_eq!(transaction_of(&env, credential).await, *hash);
        assert_eq!(bytes_of(&anvil, hash).await, *bytes);
        let receipt = anvil.rpc("eth_getTransactionReceipt", json!([hash])).await;
        assert_eq!(receipt["status"], "0x1", "{receipt}");
    }
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_replaces_one_block_and_gets_the_same_bytes() {
    reorganise(1).await;
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_replaces_two_blocks_and_gets_the_same_bytes() {
    reorganise(2).await;
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_replaces_three_blocks_and_gets_the_same_bytes() {
    reorganise(3).await;
}

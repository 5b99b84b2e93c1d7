//! Transactions that anvil does not mine: stuck, replaced or dropped, too dear, or without funds.

use air_sandbox::{Data, chain::Finality};
use serde_json::json;

use super::{Anvil, contract_size, test_env, test_env_with};
use crate::{
    chain::{
        status::{chain, expect_samples, reason, until},
        test_env::{Time, account, head, issue},
    },
    support::TestEnv,
};

/// A chain with a checkpoint, which makes no blocks by itself any more.
async fn manual() -> (Anvil, TestEnv, Time) {
    let anvil = Anvil::start(&[]);
    let time = Time::new();
    let env = test_env(&anvil, Data::Memory, &time, Finality::Depth(1)).await;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    anvil.set_automine(false).await;
    (anvil, env, time)
}

/// A transaction for two entries is replaced by one for three. Returns both hashes, and the bytes
/// of the first.
async fn replace(anvil: &Anvil, env: &TestEnv, time: &Time) -> [String; 3] {
    issue(env, 1).await;
    let first = anvil.until_pooled(None).await;
    let bytes = anvil.rpc("eth_getRawTransactionByHash", json!([first])).await;
    issue(env, 1).await;
    while head(env).await["treeSize"] != 3 {}
    time.advance(31);
    let second = anvil.until_pooled(Some(&first)).await;
    expect_samples(env, &["air_chain_replacements_total 1"]).await;
    [first, second, bytes.as_str().unwrap().to_owned()]
}

async fn is_mined(anvil: &Anvil, hash: &str) -> bool {
    let receipt = anvil.rpc("eth_getTransactionReceipt", json!([hash])).await;
    receipt["status"] == "0x1"
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_replaces_a_stuck_transaction() {
    let (anvil, env, time) = manual().await;
    let [first, second, _] = replace(&anvil, &env, &time).await;
    anvil.mine(1).await;
    anvil.until_anchored(3).await;
    assert!(is_mined(&anvil, &second).await && !is_mined(&anvil, &first).await);
}

/// The miner never saw the replacement.
#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_mines_the_old_transaction_after_all() {
    let (anvil, env, time) = manual().await;
    let [first, second, bytes] = replace(&anvil, &env, &time).await;
    anvil.rpc("anvil_dropTransaction", json!([second])).await;
    anvil.rpc("eth_sendRawTransaction", json!([bytes])).await;
    anvil.mine(1).await;
    anvil.set_automine(true).await;
    anvil.until_anchored(2).await;
    anvil.until_anchored(3).await;
    assert!(is_mined(&anvil, &first).await && !is_mined(&anvil, &second).await);
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_drops_a_transaction_and_gets_it_again() {
    let (anvil, env, time) = manual().await;
    let hash = issue(&env, 1).await.remove(0);
    let sent = anvil.until_pooled(None).await;
    anvil.rpc("anvil_dropTransaction", json!([sent])).await;
    assert_eq!(anvil.pooled().await, None);
    time.advance(11);
    assert_eq!(
        anvil.until_pooled(None).await,
        sent,
        "the same bytes have the same hash"
    );
    anvil.mine(1).await;
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    assert_eq!(chain(&anchored)["transactionHash"], sent);
    assert_eq!(chain(&anchored)["attempts"], 1);
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_wants_fees_above_the_ceiling_for_a_while() {
    let anvil = Anvil::start(&[]);
    let ceiling = 5_000_000_000;
    let env = test_env_with(&anvil, Data::Memory, &Time::new(), |settings| {
        settings.max_fee = Some(ceiling);
    })
    .await;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    // 10 gwei.
    anvil
        .rpc("anvil_setNextBlockBaseFeePerGas", json!(["0x2540be400"]))
        .await;
    anvil.mine(1).await;
    let hash = issue(&env, 1).await.remove(0);
    let waiting = until(&env, &hash, |status| *reason(status) == "feesTooHigh").await;
    assert_eq!(chain(&waiting)["state"], "waiting", "{waiting}");
    assert_eq!(contract_size(&anvil).await, 1);
    // Empty blocks lower the base fee.
    anvil.mine(20).await;
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let paid = chain(&anchored)["effectiveGasPrice"].as_str().unwrap();
    assert!(u128::from_str_radix(&paid[2..], 16).unwrap() <= ceiling, "{paid}");
    assert_eq!(contract_size(&anvil).await, 2);
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_has_no_funds_for_a_while() {
    let anvil = Anvil::start(&[]);
    let env = test_env(&anvil, Data::Memory, &Time::new(), Finality::Depth(1)).await;
    issue(&env, 1).await;
    anvil.until_anchored(1).await;
    let account = account().to_string();
    anvil.rpc("anvil_setBalance", json!([account, "0x1"])).await;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "outOfFunds").await;
    assert_eq!(contract_size(&anvil).await, 1);
    anvil
        .rpc("anvil_setBalance", json!([account, "0xde0b6b3a7640000"]))
        .await;
    anvil.until_anchored(2).await;
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}

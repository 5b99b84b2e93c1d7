//! The submitter's key is rotated.

use air_ledger::evm::{contract::Call, transaction::SigningKey};
use air_sandbox::{
    Data,
    chain::{ChainSigner, Finality},
};
use serde_json::json;

use super::{Anvil, test_env, test_env_with};
use crate::chain::{
    fake::CONTRACT,
    status::{chain, reason, until},
    test_env::{Time, account, issue},
};

/// The second account of development chains.
const SECOND: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

fn second() -> SigningKey {
    SigningKey::from_bytes(&hex::decode(SECOND).unwrap().try_into().unwrap()).unwrap()
}

/// anvil signs for its accounts.
async fn call(anvil: &Anvil, from: &str, call: Call<'_>) {
    let data = format!("0x{}", hex::encode(call.encode()));
    let transaction = json!({ "from": from, "to": CONTRACT, "data": data });
    let hash = anvil.rpc("eth_sendTransaction", json!([transaction])).await;
    let receipt = anvil
        .until(async || {
            let receipt = anvil.rpc("eth_getTransactionReceipt", json!([hash])).await;
            Some(receipt).filter(|receipt| !receipt.is_null())
        })
        .await;
    assert_eq!(receipt["status"], "0x1", "{receipt}");
}

/// A transaction of the old account waits for a block meanwhile.
#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_has_a_contract_whose_key_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let anvil = Anvil::start(&[]);
    let time = Time::new();
    let before = test_env(&anvil, data(), &time, Finality::Depth(1)).await;
    issue(&before, 1).await;
    anvil.until_anchored(1).await;
    anvil.set_automine(false).await;
    issue(&before, 1).await;
    let waiting = anvil.until_pooled(None).await;
    before.platform.stop().await.unwrap();

    anvil.rpc("anvil_dropTransaction", json!([waiting])).await;
    anvil.set_automine(true).await;
    let proposed = second().address();
    call(&anvil, &account().to_string(), Call::SetSubmitter { proposed }).await;
    call(&anvil, &proposed.to_string(), Call::AcceptSubmitter).await;

    // The old key is of no use.
    let old = test_env(&anvil, data(), &time, Finality::Depth(1)).await;
    let hash = issue(&old, 1).await.remove(0);
    until(&old, &hash, |status| *reason(status) == "contractRefused").await;
    assert_eq!(super::contract_size(&anvil).await, 1);
    old.platform.stop().await.unwrap();

    let new = test_env_with(&anvil, data(), &time, |settings| {
        settings.signer = ChainSigner::Key(second());
    })
    .await;
    anvil.until_anchored(3).await;
    let hash = issue(&new, 1).await.remove(0);
    let anchored = until(&new, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    let transaction = &chain(&anchored)["transactionHash"];
    let mined = anvil.rpc("eth_getTransactionByHash", json!([transaction])).await;
    assert_eq!(mined["from"], proposed.to_string(), "{mined}");
    new.platform.stop().await.unwrap();
}

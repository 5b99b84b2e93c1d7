//! The options of `air sandbox up --chain`, on anvil.

use serde_json::{Value, json};

use super::platform::{checkpoint, issue, platform, platform_with, reason, until};
use crate::support::{
    TestEnv,
    node::{Anvil, text},
};

/// Deploys the contract with the key of an account, and returns its address.
fn deploy(env: &TestEnv, anvil: &Anvil, key: &[&str]) -> String {
    let deploy = ["chain", "deploy", "--rpc", &anvil.url, "--json"];
    let deployed = env.air(&[&deploy[..], key].concat()).succeeded().json();
    text(&deployed, "/contract").to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

/// An encrypted key, a contract that exists, a finality of two blocks and a limit of the fee.
#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_has_a_contract_that_the_platform_adopts() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    env.write("pass", "correct horse");
    let new = ["chain", "key", "new", "account.pem", "--json"];
    let created = env.air(&[&new[..], &["--passphrase-file", "pass"]].concat());
    let created = created.succeeded().json();
    assert_eq!(created["encrypted"], true);
    let account = text(&created, "/address");
    anvil.rpc("anvil_setBalance", &json!([account, "0xde0b6b3a7640000"]));
    let key = ["--key", "account.pem", "--passphrase-file", "pass"];
    let contract = &deploy(&env, &anvil, &key);

    let options = [
        ["--data", "data"],
        ["--chain", &anvil.url],
        ["--chain-key", "account.pem"],
        ["--chain-passphrase-file", "pass"],
        ["--chain-contract", contract],
        ["--chain-final", "2"],
        // Twice the base fee would be more.
        ["--chain-max-fee", "1.5"],
        ["--chain-every", "1s"],
    ]
    .concat();
    let (platform, _jwks) = platform_with(&env, &options);
    let hash = issue(&env, "ada@example.com");
    let included = until(&env, &hash, |status| checkpoint(status)["state"] == "included");
    let anchor = checkpoint(&included);
    assert_eq!(included["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(*reason(&included), "awaitingFinality");
    assert_eq!(anchor["contract"], json!(contract), "{anchor}");
    assert_eq!(anchor["maxFeePerGas"], "0x59682f00", "1.5 gwei: {anchor}");
    let block = number(&anchor["blockNumber"]);
    assert_eq!(number(&anchor["finalizedBlock"]), block - 1);
    let told = env.air(&["status", &hash]).succeeded();
    let waits = format!(
        "in block {block} of chain 5151; it waits until this block is final, and the newest final block is {}",
        block - 1
    );
    assert!(told.text().contains(&waits), "{}", told.text());
    anvil.rpc("anvil_mine", &json!(["0x1"]));
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN");

    let status = [
        "chain",
        "status",
        "--rpc",
        &anvil.url,
        "--contract",
        contract,
        "--json",
    ];
    let adopted = env.air(&status).succeeded().json();
    assert_eq!(
        (number(&adopted["size"]), &adopted["submitter"]),
        (1, &json!(account))
    );
    let sender = anvil.rpc("eth_getTransactionByHash", &json!([anchor["transactionHash"]]));
    assert_eq!(sender["from"], account, "no other account pays");

    // From now on, the contract is the ledger's.
    platform.interrupt();
    let again = |contract: &[&str]| {
        let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--data", "data"];
        let chain = ["--chain", &anvil.url, "--chain-key", "account.pem"];
        let passphrase = ["--chain-passphrase-file", "pass"];
        env.air(&[&up[..], &chain, &passphrase, contract].concat())
    };
    let other = deploy(&env, &anvil, &key);
    again(&["--chain-contract", &other]).failed_with(1, "the ledger's checkpoints are in the contract");
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_has_a_safe_block_before_a_final_one() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    let _servers = platform(&env, &anvil, &["--chain-final", "safe"]);
    let hash = issue(&env, "ada@example.com");
    let included = until(&env, &hash, |status| checkpoint(status)["state"] == "included");
    let block = number(&checkpoint(&included)["blockNumber"]);
    // anvil's safe block is the one before the newest, and its final block the one before that.
    anvil.rpc("anvil_mine", &json!(["0x1"]));
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN");
    assert_eq!(number(&checkpoint(&anchored)["finalizedBlock"]), block);
    let finalized = anvil.rpc("eth_getBlockByNumber", &json!(["finalized", false]));
    assert_eq!(finalized["number"], format!("{:#x}", block - 1));
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_costs_more_than_the_limit_of_the_fee() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    env.write("account", Anvil::KEYS[0]);
    let contract = &deploy(&env, &anvil, &["--key", "account"]);
    let options = [
        ["--chain", &anvil.url],
        ["--chain-key", "account"],
        ["--chain-contract", contract],
        ["--chain-max-fee", "0.0001"],
        ["--chain-every", "1s"],
    ];
    let _servers = platform_with(&env, &options.concat());
    let hash = issue(&env, "ada@example.com");
    until(&env, &hash, |status| *reason(status) == "feesTooHigh");
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_has_contracts_that_the_platform_does_not_adopt() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    for (name, key) in ["account", "other"].iter().zip(Anvil::KEYS) {
        env.write(name, key);
    }
    let up = [
        ["sandbox", "up"],
        ["--listen", "127.0.0.1:0"],
        ["--chain", &anvil.url],
        ["--chain-key", "account"],
    ]
    .concat();
    let with_contract = |contract: &str| env.air(&[&up[..], &["--chain-contract", contract]].concat());
    let nothing = "0x00000000000000000000000000000000000000aa";
    with_contract(nothing).failed_with(1, "there is no contract at");
    anvil.rpc("anvil_setCode", &json!([nothing, "0x6001"]));
    with_contract(nothing).failed_with(1, "is not an AirLedger of this version");

    // The submitter of this contract is another account.
    let contract = &deploy(&env, &anvil, &["--key", "other"]);
    let options = [
        ["--chain", &anvil.url],
        ["--chain-key", "account"],
        ["--chain-contract", contract],
        ["--chain-every", "1s"],
    ];
    let _servers = platform_with(&env, &options.concat());
    let hash = issue(&env, "ada@example.com");
    until(&env, &hash, |status| *reason(status) == "contractRefused");
}

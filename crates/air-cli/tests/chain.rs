//! `air chain`: against a node with fixed answers, and against anvil (`cargo xtask chain`).

mod doctor;
mod options;
mod platform;
mod quickstart;
mod secrets;
mod starting;

use serde_json::{Value, json};

use crate::support::{
    Run, TestEnv,
    node::{Anvil, FakeNode, recorded, text},
};

pub(crate) const KEY: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const ADDRESS: &str = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
pub(crate) const CONTRACT: &str = "0x5fbdb2315678afecb367f032d93f642f64180aa3";

/// A word of 32 bytes, as the contract answers.
fn word(number: u64) -> Value {
    json!(format!("0x{number:064x}"))
}

/// A node on which the recorded contract is deployed by any transaction, with other answers for some methods.
pub(crate) fn node(changes: &[(&'static str, Value)]) -> FakeNode {
    let hash = "0x1111111111111111111111111111111111111111111111111111111111111111";
    let block = |base_fee: Value| json!({ "number": "0x9", "hash": hash, "parentHash": hash, "timestamp": "0x1", "baseFeePerGas": base_fee });
    let receipt = json!({
        "transactionHash": hash, "blockNumber": "0x9", "blockHash": hash, "status": "0x1", "gasUsed": "0xa1178",
        "effectiveGasPrice": "0x3b9aca00", "contractAddress": CONTRACT,
    });
    let answers = [
        ("web3_clientVersion", json!("fake/v1")),
        ("eth_getBlockByNumber", block(json!("0x1"))),
        (
            "eth_feeHistory",
            json!({ "baseFeePerGas": ["0x1"], "reward": [["0x1"]] }),
        ),
        ("eth_estimateGas", json!("0xa1178")),
        ("eth_getBalance", json!("0xde0b6b3a7640000")),
        ("eth_getTransactionCount", json!("0x0")),
        ("eth_sendRawTransaction", json!(hash)),
        ("eth_getTransactionReceipt", receipt),
        ("eth_call", word(5)),
    ];
    FakeNode::with(&[&answers[..], changes].concat())
}

/// Deploys the recorded contract.
fn deploy(env: &TestEnv, node: &FakeNode, more: &[&str]) -> Run {
    env.write("key", KEY);
    let trusted = recorded("trusted");
    let immutables = [
        "--ledger-id",
        text(&trusted, "/ledgerId"),
        "--owner",
        text(&trusted, "/owner"),
    ];
    let command = ["chain", "deploy", "--rpc", &node.url, "--key", "key"];
    env.air(&[&command[..], &immutables, more].concat())
}

#[test]
fn a_key_is_created_once_encrypted_and_its_address_is_shown() {
    let env = TestEnv::new();
    env.write("pass", "correct horse");
    let new = [
        "chain",
        "key",
        "new",
        "key.pem",
        "--passphrase-file",
        "pass",
        "--json",
    ];
    let created = env.air(&new).succeeded().json();
    assert_eq!(
        (&created["file"], &created["encrypted"]),
        (&json!("key.pem"), &json!(true))
    );
    let pem = String::from_utf8(env.read("key.pem")).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    env.air(&new).failed_with(1, "key.pem already exists");

    let address = ["chain", "key", "address", "key.pem"];
    let known = env.air(&[&address[..], &["--passphrase-file", "pass"]].concat());
    assert_eq!(known.succeeded().text(), created["address"].as_str().unwrap());
    env.air(&address).failed_with(3, "a passphrase is needed");
    env.write("pass", "wrong");
    env.air(&[&address[..], &["--passphrase-file", "pass"]].concat())
        .failed_with(4, "the passphrase does not decrypt");

    let plain = env.air(&["chain", "key", "new", "plain.pem"]).succeeded();
    assert!(
        plain.stderr.contains("the key is not encrypted"),
        "{}",
        plain.stderr
    );
}

#[cfg(unix)]
#[test]
fn a_plain_key_is_read_with_warnings() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new();
    let address = |name: &str| env.air(&["chain", "key", "address", name]);
    for text in [KEY.to_owned(), format!("0x{KEY}\n")] {
        env.write("key", text);
        let mode = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(env.path("key"), mode).unwrap();
        let run = address("key").succeeded();
        assert_eq!(run.text(), ADDRESS);
        for warning in ["readable by other users", "is not encrypted"] {
            assert!(run.stderr.contains(warning), "{}", run.stderr);
        }
    }
    let piped = env.air_with(&["chain", "key", "address", "-"], KEY).succeeded();
    assert_eq!((piped.text(), piped.stderr.as_str()), (ADDRESS, ""));

    env.write("short", "1234");
    address("short").failed_with(3, "air chain key new");
    env.write("zero", "00".repeat(32));
    address("zero").failed_with(3, "zero");
    let p256 = env.air(&["keys", "generate", "--out", "p256.pem"]);
    p256.succeeded();
    address("p256.pem").failed_with(3, "the key is on secp256r1");
}

#[test]
fn a_deployment_shows_the_contract_and_its_cost() {
    let env = TestEnv::new();
    let run = deploy(&env, &node(&[]), &[]).succeeded();
    let trusted = recorded("trusted");
    for part in [CONTRACT, text(&trusted, "/codeHash"), "659,832, 0.000659 coins"] {
        assert!(run.text().contains(part), "lacks `{part}`: {}", run.text());
    }
    assert!(!run.text().contains(KEY) && !run.stderr.contains(KEY));
    let document = deploy(&env, &node(&[]), &["--json"]).succeeded().json();
    let mut members: Vec<&String> = document.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(
        members,
        [
            "blockHash",
            "blockNumber",
            "chainId",
            "codeHash",
            "contract",
            "feeWei",
            "gasUsed",
            "ledgerId",
            "owner",
            "submitter",
            "transactionHash"
        ]
    );
    assert_eq!(
        (&document["chainId"], &document["feeWei"], &document["submitter"]),
        (&json!(5151), &json!("659832000000000"), &json!(ADDRESS))
    );
}

#[test]
fn nothing_is_sent_that_would_fail_or_cost_too_much() {
    let env = TestEnv::new();
    let refuses = |changes: &[(&'static str, Value)], more: &[&str], reason: &str| {
        // A node that is asked to send would give an answer that is no hash.
        let mut changes = changes.to_vec();
        changes.push(("eth_sendRawTransaction", json!("sent")));
        let run = deploy(&env, &node(&changes), more);
        run.failed_with(1, reason);
        assert!(!run.stderr.contains("eth_sendRawTransaction"), "{}", run.stderr);
    };
    refuses(&[], &["--chain-id", "1"], "serves chain 5151, not 1");
    refuses(
        &[("eth_getBalance", json!("0x0"))],
        &[],
        &format!("the account {ADDRESS} has 0 coins"),
    );
    let dear = (
        "eth_feeHistory",
        json!({ "baseFeePerGas": ["0x77359400"], "reward": [] }),
    );
    refuses(&[dear], &["--max-fee", "1.5"], "gas costs 2 gwei");
    // Without a base fee, the price is the node's.
    let hash = format!("0x{}", "11".repeat(32));
    let legacy = json!({ "number": "0x9", "hash": hash, "parentHash": hash, "timestamp": "0x1" });
    refuses(
        &[
            ("eth_getBlockByNumber", legacy),
            ("eth_gasPrice", json!("0x77359400")),
        ],
        &["--max-fee", "1.5"],
        "gas costs 2 gwei",
    );
    for wrong in ["0", "1e9", "many"] {
        deploy(&env, &node(&[]), &["--max-fee", wrong]).failed_with(2, "--max-fee");
    }
}

#[test]
fn other_code_a_failed_transaction_and_no_receipt_are_no_deployment() {
    let env = TestEnv::new();
    let reverted = json!({
        "transactionHash": format!("0x{}", "11".repeat(32)), "blockNumber": "0x9",
        "blockHash": format!("0x{}", "11".repeat(32)), "status": "0x0", "gasUsed": "0x1",
    });
    for (change, code, reason) in [
        (("eth_getCode", json!("0x")), 1, "has no contract at"),
        (("eth_getCode", json!("0x6001")), 1, "has other code at"),
        (("eth_getTransactionReceipt", reverted), 1, "failed in block 9"),
        (
            ("eth_getTransactionReceipt", Value::Null),
            5,
            "is not in a block after 1 s",
        ),
    ] {
        deploy(&env, &node(&[change]), &["--wait", "1"]).failed_with(code, reason);
    }
    // The node has the contract of another ledger.
    env.write("key", KEY);
    let command = ["chain", "deploy", "--rpc", &node(&[]).url, "--key", "key"];
    env.air(&command).failed_with(1, "has other code at");
    let nobody = [
        "chain",
        "deploy",
        "--rpc",
        "http://127.0.0.1:1/secret-key",
        "--key",
        "key",
    ];
    let run = env.air(&nobody);
    run.failed_with(5, "http://127.0.0.1:1");
    assert!(!run.stderr.contains("secret-key"), "{}", run.stderr);
}

#[test]
fn the_status_has_the_checkpoint_and_the_budget() {
    let env = TestEnv::new();
    let status = |node: &FakeNode, more: &[&str]| {
        let command = ["chain", "status", "--rpc", &node.url, "--contract", CONTRACT];
        env.air(&[&command[..], more].concat())
    };
    let (trusted, honest) = (recorded("trusted"), node(&[]));
    let run = status(&honest, &[]).succeeded();
    let root = format!("5 leaves, root {:064x}", 5);
    for part in [
        "5151 (fake/v1)",
        &root,
        text(&trusted, "/owner"),
        "1 coin, for about",
    ] {
        assert!(run.text().contains(part), "lacks `{part}`: {}", run.text());
    }
    let document = status(&honest, &["--json"]).succeeded().json();
    assert_eq!(
        (&document["recognized"], &document["size"], &document["codeHash"]),
        (&json!(true), &json!(5), &trusted["codeHash"])
    );
    // 10^18 wei, at a base fee of 1 wei and the smallest tip for each of 75,000 gas.
    assert_eq!(
        document["budget"],
        json!({ "balanceWei": "1000000000000000000", "gasPriceWei": "1000001", "checkpoints": 13_333_320_u64 })
    );

    let unknown = node(&[("eth_getCode", json!("0x6001"))]);
    let run = status(&unknown, &["--json"]);
    run.failed_with(1, "does not know as the ledger's contract");
    assert_eq!(run.json()["recognized"], false);
    status(&node(&[("eth_getCode", json!("0x"))]), &[]).failed_with(1, "has no contract at");
    status(&honest, &["--chain-id", "1"]).failed_with(1, "serves chain 5151, not 1");
    let empty = status(&node(&[("eth_call", word(0))]), &[]).succeeded();
    assert!(empty.text().contains("none yet"), "{}", empty.text());
}

#[test]
fn the_contract_of_the_profile_is_the_default() {
    let env = TestEnv::new();
    let honest = node(&[]);
    let status = ["chain", "status", "--rpc", &honest.url];
    env.air(&status).failed_with(2, "missing --contract");
    let profile = |chain: u64| {
        env.write(
            "air.toml",
            format!(
                "use = \"a\"\n\n[profiles.a]\nurl = \"https://air.example\"\nchain-id = {chain}\ncontract = \"{CONTRACT}\"\n"
            ),
        );
    };
    profile(5151);
    env.air(&status).succeeded();
    profile(1);
    env.air(&status).failed_with(1, "serves chain 5151, not 1");
}

#[test]
fn a_rotation_needs_the_key_of_the_right_account() {
    let env = TestEnv::new();
    let honest = node(&[]);
    let rotate = |key: &str, step: &[&str]| {
        env.write("key", key);
        let command = [
            "chain",
            "rotate",
            "--rpc",
            &honest.url,
            "--contract",
            CONTRACT,
            "--key",
            "key",
        ];
        env.air(&[&command[..], step].concat())
    };
    // The recorded contract belongs to ADDRESS.
    let propose = ["--propose", "0x0000000000000000000000000000000000000005"];
    let run = rotate(KEY, &propose).succeeded();
    assert!(run.text().contains("air chain rotate --accept"), "{}", run.text());
    rotate(KEY, &["--withdraw"]).succeeded();
    let stranger = "11".repeat(32);
    rotate(&stranger, &propose).failed_with(4, "only the owner");
    rotate(KEY, &["--accept"])
        .failed_with(4, "the owner proposed 0x0000000000000000000000000000000000000005");
    rotate(KEY, &[]).failed_with(2, "--propose");
    rotate(KEY, &["--accept", "--withdraw"]).failed_with(2, "cannot be used with");
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_has_the_contract_and_its_accounts_after_each_step() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    let [owner, other] = Anvil::ACCOUNTS;
    for (name, key) in ["owner", "other"].iter().zip(Anvil::KEYS) {
        env.write(name, key);
    }
    let air = |arguments: &[&str]| {
        let rpc = ["--rpc", &anvil.url, "--chain-id", "5151", "--json"];
        env.air(&[arguments, &rpc].concat())
    };
    let deployed = air(&["chain", "deploy", "--key", "owner"]).succeeded().json();
    let contract = text(&deployed, "/contract");
    assert_eq!(
        (&deployed["owner"], &deployed["submitter"]),
        (&json!(owner), &json!(owner))
    );
    // A second ledger has another id, and so another code.
    let second = air(&["chain", "deploy", "--key", "owner", "--max-fee", "100"])
        .succeeded()
        .json();
    assert_ne!(deployed["ledgerId"], second["ledgerId"]);
    assert_ne!(deployed["codeHash"], second["codeHash"]);

    let at = ["--contract", contract];
    let status = || air(&[&["chain", "status"], &at[..]].concat()).succeeded().json();
    let found = status();
    for member in ["codeHash", "ledgerId", "owner", "submitter"] {
        assert_eq!(found[member], deployed[member], "{member}");
    }
    assert_eq!((&found["size"], &found["root"]), (&json!(0), &Value::Null));
    assert!(found["budget"]["checkpoints"].as_u64().unwrap() > 1000, "{found}");

    let rotate = |key: &str, step: &[&str]| {
        let command = ["chain", "rotate", "--key", key];
        air(&[&command[..], &at, step].concat())
    };
    rotate("other", &["--accept"]).failed_with(4, "the owner has proposed no account");
    rotate("owner", &["--propose", other]).succeeded();
    assert_eq!(status()["pendingSubmitter"], other);
    rotate("owner", &["--withdraw"]).succeeded();
    assert_eq!(status()["pendingSubmitter"], Value::Null);
    rotate("owner", &["--propose", other]).succeeded();
    let rotated = rotate("other", &["--accept"]).succeeded().json();
    assert_eq!(
        (&rotated["submitter"], &rotated["pendingSubmitter"]),
        (&json!(other), &Value::Null)
    );
    assert_eq!(status()["submitter"], other);
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_without_a_base_fee_takes_a_legacy_transaction() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&["--hardfork", "berlin"]);
    env.write("key", Anvil::KEYS[0]);
    let deploy = ["chain", "deploy", "--rpc", &anvil.url, "--key", "key", "--json"];
    let deployed = env.air(&deploy).succeeded().json();
    assert_eq!(deployed["blockNumber"], 1);
    let poor = env.air(&["chain", "key", "new", "poor", "--json"]).succeeded();
    let address = poor.json()["address"].clone();
    let deploy = ["chain", "deploy", "--rpc", &anvil.url, "--key", "poor"];
    env.air(&deploy).failed_with(
        1,
        &format!("the account {} has 0 coins", address.as_str().unwrap()),
    );
}

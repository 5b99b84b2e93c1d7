//! No key, and no path of a URL, in the log of a platform that submits checkpoints: all lines at
//! TRACE are searched, those of the HTTP library too.

use std::time::{Duration, Instant};

use air_ledger::evm::transaction::{Fees, SigningKey, Transaction};
use serde_json::{Value, json};

use crate::support::{
    TestEnv, example,
    http::{self, Answer},
    node::{Anvil, FakeNode},
    server::{Server, seed_file},
};

const KEY: &str = Anvil::KEYS[0];
const PASSPHRASE: &str = "passphrase-of-the-account";
const RPC_PATH: &str = "key-of-the-rpc-provider";
const SIGNER_PATH: &str = "key-of-the-signer";
/// The lines of a platform that submits. The second transaction is a checkpoint.
const SENT: &str = "a transaction is sent to the chain";

/// Runs a platform with a chain until its log has the lines, and issues a credential meanwhile.
/// Returns the log.
fn log_of(env: &TestEnv, chain: &[&str], lines: (&str, usize)) -> String {
    let seed = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    let _jwks = seed_file(env, seed);
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"];
    let log = env.path("log");
    let arguments = [&up[..], &["--chain-every", "1s"], chain].concat();
    let platform = Server::start_with_trace(&env.path(""), &arguments, &log);
    let init = [
        "init",
        "--from-sandbox",
        "--url",
        platform.url(),
        "--key",
        "key.pem",
    ];
    env.air(&init).succeeded();
    let hash = super::platform::issue(env, "ada@example.com");
    let begun = Instant::now();
    loop {
        let text = String::from_utf8_lossy(&env.read("log")).into_owned();
        if text.matches(lines.0).count() >= lines.1 {
            break;
        }
        let shown = text.lines().filter(|line| !line.contains("TRACE"));
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{}",
            shown.collect::<Vec<_>>().join("\n")
        );
        // Each question is a round trip.
        env.air(&["status", "--json", &hash]).succeeded();
    }
    platform.interrupt();
    String::from_utf8_lossy(&env.read("log")).into_owned()
}

/// Searches a log for the secrets, and for the key in other forms.
fn has_no_secret(log: &str) {
    assert!(log.contains("TRACE"), "the log is at TRACE");
    let bytes = hex::decode(KEY).unwrap();
    let listed = format!("{:?}", &bytes[..8]);
    let forms = [
        KEY.to_owned(),
        KEY.to_uppercase(),
        listed.trim_matches(['[', ']']).to_owned(),
        PASSPHRASE.to_owned(),
        RPC_PATH.to_owned(),
        SIGNER_PATH.to_owned(),
    ];
    for form in forms {
        let line = log.lines().find(|line| line.contains(&form));
        assert_eq!(line, None, "{form} is in the log");
    }
}

/// A node on which each transaction is in a final block, and the contract has no checkpoint.
fn node() -> FakeNode {
    super::node(&[("eth_call", super::word(0))])
}

/// Signs as Web3Signer does. The first requests are refused.
fn signer(refusals: usize) -> String {
    let key = SigningKey::from_bytes(&hex::decode(KEY).unwrap().try_into().unwrap()).unwrap();
    let mut left = refusals;
    let origin = http::serve(move |_, asked| {
        let request: Value = serde_json::from_slice(&asked.body).unwrap();
        let mut answer = json!({ "jsonrpc": "2.0", "id": request["id"] });
        if left > 0 {
            left -= 1;
            answer["error"] = json!({ "code": -32000, "message": "Request denied" });
        } else {
            let signed = transaction(&request["params"][0]).sign(&key);
            answer["result"] = format!("0x{}", hex::encode(signed.raw)).into();
        }
        let json = ("content-type", "application/json".to_owned());
        Answer(200, vec![json], answer.to_string())
    });
    format!("{origin}/{SIGNER_PATH}")
}

fn transaction(unsigned: &Value) -> Transaction {
    let number = |member: &str| {
        let digits = unsigned[member].as_str().unwrap().strip_prefix("0x").unwrap();
        u128::from_str_radix(digits, 16).unwrap()
    };
    let small = |member: &str| u64::try_from(number(member)).unwrap();
    Transaction {
        chain_id: small("chainId"),
        nonce: small("nonce"),
        to: unsigned.get("to").map(|to| to.as_str().unwrap().parse().unwrap()),
        value: number("value"),
        data: hex::decode(&unsigned["data"].as_str().unwrap()[2..]).unwrap(),
        gas_limit: small("gas"),
        fees: Fees::Eip1559 {
            max_fee: number("maxFeePerGas"),
            tip: number("maxPriorityFeePerGas"),
        },
    }
}

#[test]
fn a_submitter_with_a_key_logs_no_secret() {
    let env = TestEnv::new();
    let node = node();
    let url = format!("{}/{RPC_PATH}", node.url);
    env.write("account", KEY);
    let chain = ["--chain", &url, "--chain-key", "account"];
    has_no_secret(&log_of(&env, &chain, (SENT, 2)));
}

#[test]
fn a_submitter_with_an_encrypted_key_logs_no_secret() {
    let env = TestEnv::new();
    let node = node();
    let url = format!("{}/{RPC_PATH}", node.url);
    env.write("pass", PASSPHRASE);
    let new = ["chain", "key", "new", "account.pem", "--passphrase-file", "pass"];
    env.air(&new).succeeded();
    let chain = [
        "--chain",
        &url,
        "--chain-key",
        "account.pem",
        "--chain-passphrase-file",
        "pass",
    ];
    has_no_secret(&log_of(&env, &chain, (SENT, 2)));
}

#[test]
fn a_submitter_with_a_signer_logs_no_secret() {
    let env = TestEnv::new();
    let node = node();
    let (url, signer) = (format!("{}/{RPC_PATH}", node.url), signer(2));
    let chain = [
        "--chain",
        &url,
        "--chain-signer",
        &signer,
        "--chain-account",
        Anvil::ACCOUNTS[0],
    ];
    has_no_secret(&log_of(&env, &chain, (SENT, 2)));
}

#[test]
fn a_submitter_without_node_and_signer_logs_no_secret() {
    let env = TestEnv::new();
    let (url, signer) = (
        format!("http://127.0.0.1:1/{RPC_PATH}"),
        format!("http://127.0.0.1:1/{SIGNER_PATH}"),
    );
    let account = ["--chain-account", Anvil::ACCOUNTS[0]];
    let chain = ["--chain", &url, "--chain-signer", &signer];
    let waits = ("the chain can't be compared with the ledger", 1);
    has_no_secret(&log_of(&env, &[&chain[..], &account].concat(), waits));

    let node = node();
    let chain = ["--chain", &node.url, "--chain-signer", &signer];
    let waits = ("a checkpoint has to wait", 1);
    has_no_secret(&log_of(&TestEnv::new(), &[&chain[..], &account].concat(), waits));
}

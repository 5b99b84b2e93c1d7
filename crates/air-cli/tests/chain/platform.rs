//! A platform that sends its checkpoints to anvil.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{
    TestEnv, example,
    node::{Anvil, text},
    server::{Server, seeded_in},
};

/// A platform with a profile for its partner, which sends a checkpoint to anvil each second.
pub(super) fn platform(env: &TestEnv, anvil: &Anvil, more: &[&str]) -> (Server, Server) {
    env.write("account", Anvil::KEYS[0]);
    let chain = [
        "--chain",
        &anvil.url,
        "--chain-key",
        "account",
        "--chain-every",
        "1s",
    ];
    platform_with(env, &[&chain[..], more].concat())
}

/// A platform with these options, and with a profile for its partner. The other server has the
/// partner's keys.
pub(super) fn platform_with(env: &TestEnv, options: &[&str]) -> (Server, Server) {
    let seed = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    let servers = seeded_in(env, seed, options);
    let init = [
        "init",
        "--from-sandbox",
        "--url",
        servers.0.url(),
        "--key",
        "key.pem",
    ];
    env.air(&init).succeeded();
    servers
}

/// Issues a credential on behalf of a user, and returns its hash.
pub(super) fn issue(env: &TestEnv, email: &str) -> String {
    let issue = ["issue", "--json", "--program", "kyc", "--on-behalf", email];
    let issued = env.air(&[&issue[..], &[&example("subject.json")]].concat());
    text(&issued.succeeded().json(), "/coreClaimHash").to_owned()
}

/// Asks for a credential's status until it is so.
pub(super) fn until(env: &TestEnv, hash: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let status = env.air(&["status", "--json", hash]).succeeded().json();
        if is_so(&status) {
            return status;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{status}");
    }
}

/// The checkpoint in a status.
pub(super) fn checkpoint(status: &Value) -> &Value {
    &status["sandbox"]["anchoring"]["chain"]
}

/// The reason in a status.
pub(super) fn reason(status: &Value) -> &Value {
    &status["sandbox"]["anchoring"]["reason"]
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_has_the_credential_and_nodes_verify_it() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    let _servers = platform(&env, &anvil, &[]);
    let hash = &issue(&env, "ada@example.com");
    let status = env.air(&["status", "--wait", "--json", hash]).succeeded().json();
    let anchor = checkpoint(&status);
    assert_eq!(anchor["state"], "final", "{status}");
    let contract = text(anchor, "/contract");

    let verify = |contract: &str, more: &[&str]| {
        let pinned = ["--contract", contract, "--chain-id", "5151", "--rpc", &anvil.url];
        env.air(&[&["status", "--proof", "--json", hash], &pinned[..], more].concat())
    };
    let localhost = anvil.url.replace("127.0.0.1", "localhost");
    let told = verify(contract, &["--rpc", &localhost, "--save", "proof.json"])
        .succeeded()
        .json();
    assert_eq!(
        (&told["verified"], &told["coreClaimHash"], &told["nodes"]["asked"]),
        (&json!(true), &json!(hash), &json!([anvil.url, localhost]))
    );
    let proof: Value = serde_json::from_slice(&env.read("proof.json")).unwrap();
    assert_eq!(proof["anchor"]["transactionHash"], anchor["transactionHash"]);
    verify(contract, &["--save", "proof.json"]).failed_with(1, "--force replaces it");
    verify(contract, &["--save", "proof.json", "--force"]).succeeded();
    verify("0x1111111111111111111111111111111111111111", &[]).failed_with(1, "is trusted");
    let offline = [
        "status",
        "--proof",
        "--offline",
        "proof.json",
        "--contract",
        contract,
    ];
    let nodes = ["--chain-id", "5151", "--rpc", &anvil.url];
    env.air(&[&offline[..], &nodes].concat()).succeeded();
    let unknown = "00".repeat(32);
    let pinned = ["--contract", contract, "--chain-id", "5151", "--rpc", &anvil.url];
    env.air(&[&["status", "--proof", &unknown], &pinned[..]].concat())
        .failed_with(3, "air sandbox up --chain");
}

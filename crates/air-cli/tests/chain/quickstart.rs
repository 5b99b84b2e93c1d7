//! The quickstart with a chain.

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, node::Anvil};

/// Runs the quickstart with the chain of a node.
fn quickstart(env: &TestEnv, url: &str, more: &[&str]) -> Run {
    env.write("account", Anvil::KEYS[0]);
    let chain = ["quickstart", "--agree", "--chain", url, "--chain-key", "account"];
    env.air(&[&chain[..], more].concat())
}

/// The words of a text, without its line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_has_the_checkpoint_of_the_quickstart() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    let run = quickstart(&env, &anvil.url, &[]).succeeded();
    for part in [
        "a block is final at once (--chain-final 1)",
        "transaction 0x",
        "has the root",
    ] {
        assert!(words(run.text()).contains(part), "lacks `{part}`: {}", run.text());
    }
    let told = quickstart(&env, &anvil.url, &["--json"]).succeeded().json();
    assert_eq!(
        (&told["chain"]["state"], &told["chain"]["chainId"]),
        (&json!("final"), &json!(5151))
    );
    let proof: Value = serde_json::from_slice(&env.read("air-quickstart/anchor-proof.json")).unwrap();
    assert_eq!(
        proof["anchor"]["transactionHash"],
        told["chain"]["transactionHash"]
    );
    env.air(&["quickstart", "--chain", &anvil.url])
        .failed_with(2, "--chain-key");
}

/// Another chain id, so that the chain's tag `finalized` decides. It does not advance without further blocks.
#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_whose_finality_stalls_ends_the_quickstart_with_the_block() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&["--chain-id", "7"]);
    let run = quickstart(&env, &anvil.url, &["--chain-wait", "6s"]);
    run.failed_with(5, "awaitingFinality: its checkpoint is on the chain");
    assert!(
        words(run.text())
            .contains("a block is final by the chain's tag `finalized` (--chain-final finalized)"),
        "{run:?}"
    );
    // The contract is in block 1.
    for part in [
        "waiting: its checkpoint is on the chain, and not final yet",
        "in block 2 of chain 7; it waits until this block is final, and the newest final block is 0",
        "hint: check that the chain makes blocks",
    ] {
        assert!(run.stderr.contains(part), "lacks `{part}`: {}", run.stderr);
    }
    let told = quickstart(&env, &anvil.url, &["--chain-wait", "6s", "--json"]).json();
    assert_eq!(told["error"]["code"], "unreachable", "{told}");
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("awaitingFinality"), "{told}");
    assert!(
        told["error"]["details"][0]
            .as_str()
            .unwrap()
            .contains("of chain 7; it waits until this block is final"),
        "{told}"
    );
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_that_makes_blocks_ends_the_wait_of_the_quickstart() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&["--chain-id", "7", "--block-time", "1"]);
    let told = quickstart(&env, &anvil.url, &["--json"]).succeeded().json();
    assert_eq!(
        (&told["chain"]["state"], &told["chain"]["chainId"]),
        (&json!("final"), &json!(7))
    );
}

#[test]
fn a_wait_needs_a_chain_and_a_span() {
    let env = TestEnv::new();
    quickstart(&env, "http://127.0.0.1:1", &["--chain-wait", "10"]).failed_with(2, "invalid span");
    env.air(&["quickstart", "--chain-wait", "10s"])
        .failed_with(2, "--chain <URL>");
}

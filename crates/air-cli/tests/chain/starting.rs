//! `air sandbox up --chain`: what it says at its start, and wrong options. No chain is needed.

use crate::support::{TestEnv, node::Anvil, server::Server};

/// The options of a platform with a chain.
fn up<'a>(env: &TestEnv, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    env.write("account", Anvil::KEYS[0]);
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0"];
    [&up[..], &["--chain", url, "--chain-key", "account"], more].concat()
}

/// The notes of a platform that starts with a chain.
fn notes(url: &str, more: &[&str]) -> String {
    let env = TestEnv::new();
    let arguments = up(&env, url, more);
    Server::start(&env.path(""), &arguments).interrupt_and_read()
}

#[test]
fn the_rule_of_finality_is_printed_with_its_value() {
    let node = super::node(&[]);
    let cases: [(&[&str], &str); 3] = [
        (
            &[],
            "note: chain 5151 on this machine is a development chain, so a block is final at once (--chain-final 1)\n",
        ),
        (
            &["--chain-final", "safe"],
            "note: a block is final by the chain's tag `safe` (--chain-final safe)\n",
        ),
        (
            &["--chain-final", "3"],
            "note: a block is final as the oldest of the newest 3 blocks (--chain-final 3)\n",
        ),
    ];
    for (more, expected) in cases {
        let notes = notes(&node.url, more);
        assert!(notes.contains(expected), "lacks `{expected}`: {notes}");
    }
    let other = super::node(&[("eth_chainId", serde_json::json!("0x7"))]);
    let expected = "note: a block is final by the chain's tag `finalized` (--chain-final finalized)\n";
    let notes = notes(&other.url, &[]);
    assert!(notes.contains(expected), "lacks `{expected}`: {notes}");
}

#[test]
fn a_node_that_is_down_at_the_start_is_named_with_the_rule() {
    let notes = notes("http://127.0.0.1:1/secret-path", &[]);
    for part in [
        "note: the node http://127.0.0.1:1/… does not answer, so its chain is unknown",
        "pass --chain-final 1",
        "a block is final by the chain's tag `finalized` (--chain-final finalized)",
    ] {
        assert!(notes.contains(part), "lacks `{part}`: {notes}");
    }
    assert!(!notes.contains("secret-path"), "{notes}");
}

#[test]
fn wrong_options_are_refused() {
    let env = TestEnv::new();
    let refused = |more: &[&str], code: i32, reason: &str| {
        let arguments = up(&env, "http://127.0.0.1:1", more);
        env.air(&arguments).failed_with(code, reason);
    };
    refused(&["--chain-final", "0"], 2, "invalid finality");
    refused(&["--chain-final", "latest"], 2, "invalid finality");
    refused(&["--chain-contract", "0x12"], 2, "--chain-contract");
    refused(&["--chain-max-fee", "0"], 2, "--chain-max-fee");
    refused(&["--chain-every", "1"], 2, "invalid span");
    refused(
        &["--chain-signer", "http://127.0.0.1:2"],
        2,
        "cannot be used with",
    );
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0"];
    let alone = |more: &[&str]| env.air(&[&up[..], more].concat());
    alone(&["--chain", "http://127.0.0.1:1"]).failed_with(2, "missing --chain-key");
    alone(&["--chain-final", "1"]).failed_with(2, "--chain <URL>");
}

//! `air status --proof --offline`: a proof that was recorded on anvil, against block hashes and
//! against nodes that tell the truth, lie, lag behind or fail.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    Run, TestEnv,
    node::{FakeNode, recorded, text},
};

/// An environment with `proof.json`, and the options that pin its contract.
fn test_env() -> (TestEnv, Vec<String>) {
    let env = TestEnv::new();
    env.write("proof.json", recorded("proof").to_string());
    let trusted = recorded("trusted");
    let pinned = ["--contract", text(&trusted, "/contract"), "--chain-id", "5151"];
    (env, pinned.map(str::to_owned).to_vec())
}

/// The options with the hash of the contract's code, which a check without nodes needs.
fn with_code(pinned: &[String]) -> Vec<String> {
    let code = [
        "--code-hash".to_owned(),
        text(&recorded("trusted"), "/codeHash").to_owned(),
    ];
    [pinned, &code].concat()
}

fn check(env: &TestEnv, pinned: &[String], more: &[&str]) -> Run {
    let command = ["status", "--proof", "--offline", "proof.json"];
    let pinned: Vec<&str> = pinned.iter().map(String::as_str).collect();
    env.air(&[&command[..], &pinned, more].concat())
}

#[test]
fn evidence_is_checked_against_a_block_hash_without_any_network() {
    let (env, contract) = test_env();
    let pinned = with_code(&contract);
    let (proof, trusted) = (recorded("proof"), recorded("trusted"));
    let block_hash = ["--block-hash", text(&trusted, "/blockHash")];
    let run = check(&env, &pinned, &block_hash).succeeded();
    assert!(run.text().contains("proved by the evidence"), "{run:?}");
    let hash = text(&proof, "/coreClaimHash");
    let told = check(&env, &pinned, &[&block_hash[..], &["--json", hash]].concat())
        .succeeded()
        .json();
    assert_eq!(
        (
            &told["verified"],
            &told["coreClaimHash"],
            &told["evidence"]["number"],
            &told["nodes"]
        ),
        (
            &json!(true),
            &json!(hash),
            &proof["evidence"]["block"],
            &Value::Null
        )
    );
    let (id, owner) = (text(&trusted, "/ledgerId"), text(&trusted, "/owner"));
    let named = [&block_hash[..], &["--ledger-id", id, "--owner", owner]].concat();
    check(&env, &contract, &named).succeeded();
    check(&env, &contract, &block_hash).failed_with(2, "missing --code-hash");

    let other = "0x1111111111111111111111111111111111111111111111111111111111111111";
    check(&env, &pinned, &["--block-hash", other]).failed_with(1, "the header's hash is");
    let foreign_code = [&block_hash[..], &["--code-hash", other]].concat();
    check(&env, &contract, &foreign_code).failed_with(1, "but 0x1111");
    let other_id = [&block_hash[..], &["--ledger-id", other, "--owner", owner]].concat();
    check(&env, &contract, &other_id).failed_with(1, "is pinned");
    let run = check(&env, &pinned, &["--block-hash", other, "--json"]);
    assert_eq!(
        (&run.json()["verified"], &run.json()["check"]),
        (&json!(false), &json!("blockHash"))
    );
    let stranger = "00".repeat(32);
    check(&env, &pinned, &[&block_hash[..], &[&stranger]].concat())
        .failed_with(3, "the proof is for the credential");
}

#[test]
fn the_contract_comes_from_the_caller_or_the_profile_and_never_from_the_proof() {
    let (env, contract) = test_env();
    let pinned = with_code(&contract);
    let trusted = recorded("trusted");
    let block_hash = ["--block-hash", text(&trusted, "/blockHash")];
    check(&env, &[], &block_hash).failed_with(2, "missing --contract and --chain-id");
    check(&env, &pinned, &[]).failed_with(2, "missing --block-hash or --rpc");
    let other = "0x1111111111111111111111111111111111111111";
    let foreign = ["--contract", other, "--chain-id", "5151"].map(str::to_owned);
    check(&env, &with_code(&foreign), &block_hash).failed_with(1, "is pinned");
    let foreign = ["--contract", &pinned[1], "--chain-id", "1"].map(str::to_owned);
    check(&env, &with_code(&foreign), &block_hash).failed_with(1, "chain 1 is pinned");

    let profile = |lines: &str| {
        env.write(
            "air.toml",
            format!("use = \"a\"\n\n[profiles.a]\nurl = \"https://air.example\"\n{lines}"),
        );
    };
    let code = format!("code-hash = \"{}\"\n", text(&trusted, "/codeHash"));
    let ours = format!("chain-id = 5151\ncontract = \"{}\"\n", contract[1]);
    profile(&format!("{ours}{code}"));
    check(&env, &[], &block_hash).succeeded();
    profile(&ours);
    check(&env, &[], &block_hash).failed_with(2, "missing --code-hash");
    profile(&format!("chain-id = 5151\ncontract = \"{other}\"\n{code}"));
    check(&env, &[], &block_hash).failed_with(1, "is pinned");
    check(&env, &pinned, &block_hash).succeeded();
    profile(&format!("contract = \"{other}\"\n"));
    check(&env, &[], &block_hash).failed_with(3, "`chain-id` and `contract` belong together");
}

#[test]
fn a_forged_or_unreadable_proof_is_refused() {
    let (env, contract) = test_env();
    let pinned = with_code(&contract);
    let node = FakeNode::with(&[]);
    let block_hash = recorded("trusted")["blockHash"].clone();
    let block_hash = block_hash.as_str().unwrap();
    let mut forged = recorded("proof");
    forged["coreClaimHash"] = json!("00".repeat(32));
    env.write("proof.json", forged.to_string());
    for way in [["--block-hash", block_hash], ["--rpc", &node.url]] {
        let run = check(&env, &pinned, &[&way[..], &["--json"]].concat());
        run.failed_with(1, "is not leaf 11 of 23");
        assert_eq!(run.json()["check"], "inclusion");
    }
    let mut without = recorded("proof");
    without.as_object_mut().unwrap().remove("evidence");
    env.write("proof.json", without.to_string());
    let run = check(&env, &pinned, &["--block-hash", block_hash]);
    run.failed_with(1, "the proof has no evidence");
    run.failed_with(1, "pass --rpc");
    check(&env, &pinned, &["--rpc", &node.url]).succeeded();
    env.write("proof.json", "{}");
    check(&env, &pinned, &["--rpc", &node.url]).failed_with(3, "is not a proof in the format");
}

#[test]
fn nodes_that_agree_with_the_proof_verify_it() {
    let (env, pinned) = test_env();
    let (one, two) = (FakeNode::with(&[]), FakeNode::with(&[]));
    let told = check(&env, &pinned, &["--rpc", &one.url, "--rpc", &two.url, "--json"])
        .succeeded()
        .json();
    assert_eq!(told["nodes"]["asked"], json!([one.url, two.url]));
    assert_eq!(told["nodes"]["block"]["hash"], recorded("trusted")["blockHash"]);
    let run = check(&env, &pinned, &["--rpc", &one.url]).succeeded();
    assert!(run.stderr.contains("only one node was asked"), "{}", run.stderr);
}

#[test]
fn nodes_that_disagree_are_both_named() {
    let (env, pinned) = test_env();
    let honest = FakeNode::with(&[]);
    let other = json!(format!("0x{}", "11".repeat(32)));
    let block = |number: &str, hash: &Value| json!({ "number": number, "hash": hash, "parentHash": hash, "timestamp": "0x1" });
    let real = recorded("trusted")["blockHash"].clone();
    let number = format!("{:#x}", recorded("proof")["evidence"]["block"].as_u64().unwrap());
    for (what, changes) in [
        ("has the root 1111", ("eth_call", other.clone())),
        (
            "has no checkpoint at 23 leaves",
            ("eth_call", json!(format!("0x{}", "00".repeat(32)))),
        ),
        (
            "has the hash 0x1111",
            ("eth_getBlockByNumber", block(&number, &other)),
        ),
        ("has no contract at", ("eth_getCode", json!("0x"))),
    ] {
        let liar = FakeNode::with(&[changes]);
        for order in [[&honest, &liar], [&liar, &honest]] {
            let run = check(
                &env,
                &pinned,
                &["--rpc", &order[0].url, "--rpc", &order[1].url, "--json"],
            );
            for part in ["the nodes disagree", &honest.url, &liar.url, what] {
                run.failed_with(1, part);
            }
            assert_eq!(run.json()["check"], "nodes");
        }
    }
    // A liar that is asked alone contradicts the proof, or has no checkpoint yet.
    let liar = FakeNode::with(&[("eth_call", other)]);
    check(&env, &pinned, &["--rpc", &liar.url])
        .failed_with(1, "the ledger was rewritten, or the proof is forged");
    let behind = FakeNode::with(&[("eth_call", json!(format!("0x{}", "00".repeat(32))))]);
    let run = check(&env, &pinned, &["--rpc", &behind.url]);
    run.failed_with(5, "no checkpoint at 23 leaves in the final block");
    run.failed_with(5, "air status --wait");
    // The lowest final block is the one that is asked of all.
    let lagging = FakeNode::with(&[("eth_getBlockByNumber", block("0x4", &real))]);
    let told = check(
        &env,
        &pinned,
        &["--rpc", &honest.url, "--rpc", &lagging.url, "--json"],
    );
    assert_eq!(told.succeeded().json()["nodes"]["block"]["number"], 4);
    // The checkpoint is in block 3.
    let behind = FakeNode::with(&[("eth_getBlockByNumber", block("0x2", &real))]);
    let run = check(&env, &pinned, &["--rpc", &honest.url, "--rpc", &behind.url]);
    for part in [
        format!("{} has the final block 6", honest.url),
        format!("{} has the final block 2", behind.url),
    ] {
        run.failed_with(5, &part);
    }
}

#[test]
fn a_node_of_another_chain_another_contract_or_no_node_is_no_answer() {
    let (env, pinned) = test_env();
    for (change, reason) in [
        (
            ("eth_chainId", json!("0x1")),
            "serves chain 1, but chain 5151 is trusted",
        ),
        (("eth_getCode", json!("0x")), "has no contract at"),
        (
            ("eth_getCode", json!("0x6001")),
            "that this version does not know",
        ),
        (("eth_call", json!("0x")), "the answer to `roots` has 0 bytes"),
    ] {
        let node = FakeNode::with(&[change]);
        check(&env, &pinned, &["--rpc", &node.url]).failed_with(1, reason);
    }
    let no_final = FakeNode::with(&[("eth_getBlockByNumber", Value::Null)]);
    check(&env, &pinned, &["--rpc", &no_final.url]).failed_with(5, "has no final block yet");
    let run = check(
        &env,
        &pinned,
        &["--rpc", "http://127.0.0.1:1/secret-key", "--json"],
    );
    run.failed_with(5, "http://127.0.0.1:1");
    assert!(!run.stderr.contains("secret-key"), "{}", run.stderr);
    assert_eq!(run.json()["error"]["code"], "unreachable");
    check(&env, &pinned, &["--rpc", "ftp://a.example"]).failed_with(2, "invalid --rpc");
}

/// The paths of a file's members, without the members of arrays.
fn members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let path = format!("{path}{name}");
        members(member, &format!("{path}."), found);
        found.insert(path);
    }
}

#[test]
fn the_book_has_each_member_of_a_proof_file() {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/book/src/guide/anchors.md"
    );
    let page = std::fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once("## The proof file\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let told: BTreeSet<String> = rows
        .map(|row| row.split('`').next().unwrap().to_owned())
        .collect();
    let mut found = BTreeSet::new();
    members(&recorded("proof"), "", &mut found);
    // Rows for the members of these.
    found.remove("inclusion");
    found.remove("anchor");
    assert_eq!(told, found);
}

//! Custodians through the command line.

mod agreement;
mod ceremonies;
mod containers;
mod dealt;
mod passphrases;
mod records;

use crate::support::{self, TestEnv};

fn deal(env: &TestEnv, more: &[&str]) -> support::Run {
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "3",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--out",
        ".",
    ];
    env.air(&[&deal[..], more].concat())
}

/// A dealt group and a document sealed to it.
fn dealt() -> TestEnv {
    let env = TestEnv::new();
    let key = deal(&env, &["--json"]).succeeded().json()["publicKey"]
        .as_str()
        .unwrap()
        .to_owned();
    env.write("document", "the scan");
    let seal = [
        "cak",
        "seal",
        "--public-key",
        &key,
        "--managed",
        "vault",
        "--issuer",
        "did:x:i",
        "document",
        "sealed",
    ];
    env.air(&seal).succeeded();
    env
}

/// Makes custodians' own keys, and gives their `did:key`s.
fn join(env: &TestEnv, curve: &str, count: usize) -> Vec<String> {
    (1..=count)
        .map(|i| {
            let out = format!("{curve}-custodian-{i}.pem");
            let join = ["custody", "join", "--curve", curve, "--out", &out, "--json"];
            let run = env.air(&join).succeeded().json();
            run["didKey"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Calls for a ceremony, and gives its fingerprint.
fn called(env: &TestEnv, call: &[&str], file: &str, custodians: &[&str]) -> String {
    let arguments = [
        &["custody"],
        call,
        &["--out", file, "--json", "--custodian"],
        custodians,
    ];
    let called = env.air(&arguments.concat()).succeeded().json();
    called["fingerprint"].as_str().unwrap().to_owned()
}

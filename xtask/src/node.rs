//! The tests that ask other implementations in Node: their packages, and the tests that are ignored without.

use crate::shell::{Outcome, cargo, program, say};

const FOLDER: &str = "crates/air-crypto/tests/node";

pub(crate) fn run() -> Outcome {
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(());
    }
    program("npm")
        .args(["ci", "--prefix", FOLDER, "--no-audit", "--no-fund", "--silent"])
        .run()?;
    cargo([
        "test",
        "--package",
        "air-crypto",
        "--all-features",
        "--locked",
        "--test",
        "node_peers",
        "--",
        "--ignored",
    ])
    .run()
}

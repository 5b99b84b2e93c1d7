//! Tests `air-oid4vc` against other implementations in Node, which its tests ignore otherwise, and installs their packages.

use crate::shell::{Outcome, cargo, program, say};

/// The crate whose `tests/node` is a Node project.
const PACKAGE: &str = "air-oid4vc";

/// The crate and the crates that it depends on. The suite runs when one of them changed.
pub(crate) const SOURCES: [&str; 4] = [
    "crates/air-oid4vc",
    "crates/air-ids/src",
    "crates/air-json/src",
    "crates/air-jwt/src",
];

pub(crate) fn run() -> Outcome {
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(());
    }
    program("npm")
        .args(["ci", "--prefix", &format!("crates/{PACKAGE}/tests/node")])
        .args(["--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        .run()?;
    cargo(["test", "--locked", "--package", PACKAGE, "--test=all"])
        .args(["--", "--ignored", "node_"])
        .run()
}

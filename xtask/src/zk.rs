//! `cargo xtask zk`: the formatting, lints, tests and dependencies of crates/air-zk, which has its own lock file; the
//! commands of `air` that run its program; and its module for browsers.

mod module;

use std::path::{Path, PathBuf};

use crate::{
    audit::Auditor,
    build::{EVERYTHING, target},
    shell::{Outcome, Shell, cargo, root, say},
};

/// The packages, the crates of ours that they use, and the commands that run the program. The suite runs when one of
/// them changed.
pub(crate) const SOURCES: [&str; 23] = [
    "crates/air-cli/src/helper.rs",
    "crates/air-cli/src/proof",
    "crates/air-cli/src/proof.rs",
    "crates/air-cli/src/sandbox/proofs.rs",
    "crates/air-cli/tests/air_proof.rs",
    "crates/air-cli/tests/json_table/proofs.rs",
    "crates/air-cli/tests/predicate_programs.rs",
    "crates/air-ids",
    "crates/air-json",
    "crates/air-platform/src/airkit/predicates.rs",
    "crates/air-platform/src/predicate_proofs",
    "crates/air-sandbox/assets/airkit/proofs.js",
    "crates/air-sandbox/assets/airkit/prover.js",
    "crates/air-sandbox/assets/airkit/proving.js",
    "crates/air-sandbox/src/airkit/proof_module.rs",
    "crates/air-sandbox/src/http/airkit/predicates.rs",
    "crates/air-sandbox/tests/browser/predicate-proofs.test.mjs",
    "crates/air-schema",
    "crates/air-zk",
    "docs/book/src/howto/prove.md",
    "xtask/src/wasm/other.rs",
    "xtask/src/zk",
    "xtask/src/zk.rs",
];

/// `cargo xtask zk [--times [--write]]`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => check(),
        ["--times"] => module::measure(&program()?, false),
        ["--times", "--write"] => module::measure(&program()?, true),
        _ => Err("`cargo xtask zk` accepts --times, or --times --write".into()),
    }
}

/// Runs every check of the packages.
pub(crate) fn check() -> Outcome {
    within(&["fmt", "--all", "--check"]).run()?;
    building(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ])
    .run()?;
    building(&["test", "--locked"]).run()?;
    building(&["doc", "--workspace", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    let program = program()?;
    run_commands(&program)?;
    module::test(&program)?;
    audit()
}

/// The program, optimised as the tests are.
fn program() -> Outcome<PathBuf> {
    building(&["build", "--locked", "--bin=air-zk"]).run()?;
    let program = format!("air-zk{}", std::env::consts::EXE_SUFFIX);
    Ok(target_folder().join("debug").join(program))
}

/// The commands of `air` that run the program, and the page of the book about them.
fn run_commands(program: &Path) -> Outcome {
    cargo(["test", "--test=all"].iter().chain(&EVERYTHING))
        .args([
            "--",
            "--include-ignored",
            "air_proof::",
            "json_table::proofs::",
            "book::howto_prove",
            "predicate_programs::",
        ])
        .env("AIR_ZK", program)
        .run()
}

fn folder() -> PathBuf {
    root().join("crates/air-zk")
}

fn within(arguments: &[&str]) -> Shell {
    cargo(arguments).within(folder())
}

/// With a target folder of its own: the workspace's builds have other versions and features.
fn building(arguments: &[&str]) -> Shell {
    within(arguments).env("CARGO_TARGET_DIR", target_folder())
}

fn target_folder() -> PathBuf {
    root().join(target()).join("zk")
}

/// cargo-deny with the package's own deny.toml.
fn audit() -> Outcome {
    if let Some(auditor) = Auditor::find() {
        return auditor.check(&folder());
    }
    say("  cargo-deny is not installed; licences and advisories of air-zk are not checked");
    Ok(())
}

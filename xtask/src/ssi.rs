//! `cargo xtask ssi`: the formatting, lints, tests and dependencies of crates/air-ssi, which has its own
//! lock file, and the commands of `air` that run it.

mod bench;

use std::path::PathBuf;

use crate::{
    audit::Auditor,
    build::{EVERYTHING, target},
    peers::install_node_packages,
    shell::{Outcome, Shell, cargo, program, root, say},
};

/// `cargo xtask ssi [--bench [--write]]`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => check(),
        ["--bench"] => bench::run(false),
        ["--bench", "--write"] => bench::run(true),
        _ => Err("`cargo xtask ssi` accepts --bench, or --bench --write".into()),
    }
}

/// Runs every check of the package, and of its fuzz target.
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
    building(&["test", "--workspace", "--locked"]).run()?;
    building(&["doc", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    ask_peers()?;
    run_commands()?;
    audit()
}

/// The commands of `air` that run the program, and the page of the book about them.
fn run_commands() -> Outcome {
    building(&["build", "--locked", "--bin=air-ssi"]).run()?;
    let program = format!("air-ssi{}", std::env::consts::EXE_SUFFIX);
    cargo(["test", "--test=all"].iter().chain(&EVERYTHING))
        .args([
            "--",
            "--include-ignored",
            "credential_rdf::",
            "book::howto_unlinkable",
            "w3c_programs::",
        ])
        .env("AIR_SSI", target_folder().join("debug").join(program))
        .run()
}

/// The tests against other implementations in Node.
fn ask_peers() -> Outcome {
    if program("node").args(["--version"]).read().is_none() {
        say("  tests against Node are skipped: Node is not installed");
        return Ok(());
    }
    install_node_packages("air-ssi")?;
    building(&[
        "test",
        "--locked",
        "--test=all",
        "--",
        "--ignored",
        "node_peers::",
    ])
    .run()
}

fn folder() -> PathBuf {
    root().join("crates/air-ssi")
}

fn within(arguments: &[&str]) -> Shell {
    cargo(arguments).within(folder())
}

/// With a target folder of its own: the workspace's builds have other versions and features.
fn building(arguments: &[&str]) -> Shell {
    within(arguments).env("CARGO_TARGET_DIR", target_folder())
}

fn target_folder() -> PathBuf {
    root().join(target()).join("ssi")
}

/// cargo-deny with the package's own deny.toml.
fn audit() -> Outcome {
    if let Some(auditor) = Auditor::find() {
        return auditor.check(&folder());
    }
    say("  cargo-deny is not installed; licences and advisories of air-ssi are not checked");
    Ok(())
}

//! `cargo xtask zk`: the formatting, lints, tests and dependencies of crates/air-zk, which has its own lock file.

use std::path::PathBuf;

use crate::{
    audit::Auditor,
    build::target,
    shell::{Outcome, Shell, cargo, root, say},
};

/// The package, and the crates of ours that it uses. The suite runs when one of them changed.
pub(crate) const SOURCES: [&str; 5] = [
    "crates/air-ids",
    "crates/air-json",
    "crates/air-schema",
    "crates/air-zk",
    "xtask/src/zk.rs",
];

/// Runs every check of the package.
pub(crate) fn run() -> Outcome {
    within(&["fmt", "--check"]).run()?;
    building(&["clippy", "--all-targets", "--locked", "--", "-D", "warnings"]).run()?;
    building(&["test", "--locked"]).run()?;
    building(&["doc", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    audit()
}

fn folder() -> PathBuf {
    root().join("crates/air-zk")
}

fn within(arguments: &[&str]) -> Shell {
    cargo(arguments).within(folder())
}

/// With a target folder of its own: the workspace's builds have other versions and features.
fn building(arguments: &[&str]) -> Shell {
    within(arguments).env("CARGO_TARGET_DIR", root().join(target()).join("zk"))
}

/// cargo-deny with the package's own deny.toml.
fn audit() -> Outcome {
    if let Some(auditor) = Auditor::find() {
        return auditor.check(&folder());
    }
    say("  cargo-deny is not installed; licences and advisories of air-zk are not checked");
    Ok(())
}

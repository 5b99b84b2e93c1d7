//! `cargo xtask audit`: cargo-deny with deny.toml.

use crate::shell::{Outcome, cargo};

pub(crate) fn is_installed() -> bool {
    cargo(["deny", "--version"]).read().is_some()
}

pub(crate) fn run() -> Outcome {
    if !is_installed() {
        return Err("cargo-deny is missing; `cargo install cargo-deny --locked` takes some minutes".into());
    }
    // Without network access the advisory database can't be fetched; run the other checks then.
    if cargo(["deny", "--locked", "fetch", "db"]).read().is_some() {
        return cargo(["deny", "--locked", "check"]).run();
    }
    crate::shell::say("  the advisory database can't be fetched here; advisories are not checked");
    cargo(["deny", "--locked", "check", "bans", "licenses", "sources"]).run()
}

//! `cargo xtask test`: everything that a change must pass.

use crate::{
    api, arrows, audit,
    build::{EVERYTHING, PORTABLE, tests},
    e2e, fuzz, links, msrv, peers, postgres,
    shell::{Outcome, cargo, say},
    steps::Steps,
    suites, wasm, words,
};

pub(crate) fn run() -> Outcome {
    let mut steps = Steps::new();
    steps.step("formatting", || cargo(["fmt", "--all", "--check"]).run())?;
    steps.step("links", links::run)?;
    steps.step("words", words::run)?;
    steps.step("suites", suites::run)?;
    steps.step("arrows", || arrows::run(false))?;
    steps.step("embedded wasm", wasm::check_copy)?;
    steps.step("lints", || {
        for of in [EVERYTHING, PORTABLE] {
            cargo(["clippy"].iter().chain(&of))
                .args(["--all-targets", "--", "-D", "warnings"])
                .run()?;
        }
        cargo(["clippy", "--package=benches", "--all-targets", "--locked"])
            .args(["--", "-D", "warnings"])
            .run()
    })?;
    steps.step("minimum Rust", msrv::run)?;
    // Includes the vectors, the command line and the quickstart.
    steps.step("tests", || tests(&EVERYTHING).run())?;
    steps.step("portable backend", || tests(&PORTABLE).run())?;
    steps.step("PostgreSQL", postgres::run)?;
    steps.step("other implementations", peers::run)?;
    steps.step("API", || api::run(&["20".to_owned()]))?;
    steps.step("embedded wasm, rebuilt", wasm::rebuild_copy)?;
    steps.step("wasm32", || wasm::package().map(drop))?;
    steps.step("browser", || e2e::run(&[]))?;
    steps.step("doctests", || {
        cargo(["test", "--doc"].iter().chain(&EVERYTHING)).run()
    })?;
    steps.step("docs", || {
        cargo(["doc", "--no-deps"].iter().chain(&EVERYTHING))
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()
    })?;
    steps.step("fuzzing", fuzz::smoke)?;
    steps.step("audit", || {
        if audit::is_installed() {
            audit::run()
        } else {
            say("  skipped: cargo-deny is not installed (`cargo install cargo-deny --locked`)");
            Ok(())
        }
    })?;
    steps.end();
    Ok(())
}

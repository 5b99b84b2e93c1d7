//! `cargo xtask test`: all that decides whether a change may land.

use crate::{
    arrows, audit, links, msrv,
    shell::{Outcome, cargo, say},
    steps::Steps,
    wasm,
};

pub(crate) fn run() -> Outcome {
    let mut steps = Steps::new();
    steps.step("formatting", || cargo(["fmt", "--all", "--check"]).run())?;
    steps.step("links", links::run)?;
    steps.step("arrows", || arrows::run(false))?;
    steps.step("lints", || {
        cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
        .run()?;
        // Alone it has the portable backend; beside the binary, the native one.
        cargo([
            "clippy",
            "-p",
            "air-crypto",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
        .run()
    })?;
    steps.step("minimum Rust", msrv::run)?;
    steps.step("tests", || tests(&["--workspace"]))?;
    steps.step("tests of the portable backend", || tests(&["-p", "air-crypto"]))?;
    steps.step("doctests", || {
        cargo(["test", "--workspace", "--locked", "--doc"]).run()
    })?;
    steps.step("docs", || {
        cargo(["doc", "--workspace", "--locked", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()
    })?;
    steps.step("wasm32", wasm::run)?;
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

/// nextest where it is installed: it is faster, and says more. Vectors, command line and quickstart are among the tests.
fn tests(of: &[&str]) -> Outcome {
    let nextest = cargo(["nextest", "--version"]).read().is_some();
    let runner: &[&str] = if nextest {
        &["nextest", "run"]
    } else {
        &["test", "--all-targets"]
    };
    cargo(runner.iter().chain(of).chain(&["--locked", "--no-fail-fast"])).run()
}

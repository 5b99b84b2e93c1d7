//! `cargo xtask test`: all that decides whether a change may land.

use crate::{
    api, arrows, audit, fuzz, links, msrv, peers,
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
        // The tests are built without traces.
        cargo([
            "clippy",
            "--workspace",
            "--features=air-cli/otel",
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
            "--package=air-crypto",
            "--package=air-jwt",
            "--package=air-client",
            "--features=air-crypto/rayon,air-crypto/tokio,air-client/blocking",
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
    steps.step("air-crypto, portable", || {
        tests(&["--package=air-crypto", "--features=rayon,tokio"])
    })?;
    steps.step("air-crypto, native", || {
        tests(&["--package=air-crypto", "--all-features"])
    })?;
    steps.step("air-jwt, portable", || tests(&["--package=air-jwt"]))?;
    steps.step("air-jwt, native", || {
        tests(&["--package=air-jwt", "--all-features"])
    })?;
    steps.step("traces", || {
        // The whole workspace's features beside it, so that few crates are built once more.
        cargo([
            "test",
            "--workspace",
            "--features=air-cli/otel",
            "--test=otel",
            "--locked",
        ])
        .run()
    })?;
    steps.step("air-client, blocking", || {
        cargo([
            "test",
            "--package=air-client",
            "--features=blocking",
            "--locked",
            "--test=blocking",
        ])
        .run()
    })?;
    steps.step("other implementations", peers::run)?;
    steps.step("API", || api::run(&["20".to_owned()]))?;
    steps.step("doctests", || {
        cargo(["test", "--workspace", "--locked", "--doc"]).run()?;
        cargo([
            "test",
            "--package=air-crypto",
            "--all-features",
            "--locked",
            "--doc",
        ])
        .run()
    })?;
    steps.step("docs", || {
        cargo([
            "doc",
            "--workspace",
            "--locked",
            "--no-deps",
            "--features=air-crypto/rayon,air-crypto/tokio,air-client/blocking,air-cli/otel",
        ])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
    })?;
    steps.step("wasm32", wasm::run)?;
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

//! Compiles and tests the anchoring contract on a local chain (anvil), and checks a fresh anchor proof with Python and with air-ledger.

use crate::{
    build::target,
    python,
    shell::{Outcome, cargo, program, root, say},
};

const PROJECT: &str = "contracts";
const REQUIREMENTS: &str = "contracts/test/requirements.txt";
/// The proof that the tests of air-ledger read.
const FIXTURE: &str = "crates/air-ledger/tests/vectors/anvil";

/// `cargo xtask chain [--write]`: `--write` updates the contract's code, the table of gas in the book, and air-ledger's recorded proof.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let write = match arguments {
        [] => false,
        [option] if option == "--write" => true,
        _ => return Err("Usage: cargo xtask chain [--write]".into()),
    };
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(());
    }
    // anvil's package is a binary: nothing of what npm fetches needs a script at installation.
    program("npm")
        .args(["ci", "--ignore-scripts", "--prefix", PROJECT])
        .args(["--no-audit", "--no-fund", "--silent"])
        .run()?;
    script("compile.mjs", &[if write { "--write" } else { "--check" }])?;
    let has_anvil = root()
        .join(PROJECT)
        .join("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")
        .exists();
    if !has_anvil {
        say("  tests on a chain are skipped: anvil's package is for Linux on x86-64");
        return Ok(());
    }
    test_contract(write)?;
    if write {
        script("test/record.mjs", &[FIXTURE])?;
    }
    check_proof()
}

fn script(name: &str, arguments: &[&str]) -> Outcome {
    program("node")
        .args([format!("{PROJECT}/{name}")])
        .args(arguments)
        .run()
}

/// Each test file starts a chain of its own.
fn test_contract(write: bool) -> Outcome {
    let tests = program("node")
        .args(["--test", "--test-reporter=spec"])
        .args(["ledger", "gas"].map(|name| format!("{PROJECT}/test/{name}.test.mjs")));
    if write { tests.env("AIR_WRITE", "1") } else { tests }.run()
}

/// Anchors a log on a new chain, and checks its proof with the two implementations.
fn check_proof() -> Outcome {
    let folder = target().join("chain");
    let proof = folder.join("proof");
    script("test/record.mjs", &[&proof.display().to_string()])?;
    let packages = folder.join("python");
    if python::is_installed(REQUIREMENTS, &packages.display().to_string()) {
        program("python3")
            .args([format!("{PROJECT}/test/verify.py")])
            .args([&proof])
            .env("PYTHONPATH", &packages)
            .run()?;
    } else {
        say("  the check with Python is skipped: Python with pip is not installed");
    }
    cargo([
        "test",
        "--package=air-ledger",
        "--features=evm",
        "--locked",
        "--test=all",
    ])
    .args(["--", "--ignored", "fresh_proof"])
    .env("AIR_ANCHOR_PROOF", &proof)
    .run()
}

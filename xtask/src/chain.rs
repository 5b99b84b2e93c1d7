//! Compiles and tests the anchoring contract and `air chain` on a local chain (anvil), and checks fresh anchor proofs with Python, with
//! air-ledger and with `air status --proof`: of a log of the tests, and of a credential that a platform issued.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    build::{target, test_programs},
    platform::{Seeded, air, binary, text, write as write_file},
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
    test_submitter()?;
    if write {
        script("test/record.mjs", &[FIXTURE])?;
    }
    check_proof()?;
    test_commands()?;
    issue_and_check()
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

/// The tests of the submitter that need anvil. Each starts a chain of its own.
fn test_submitter() -> Outcome {
    for test in test_programs("air-sandbox")? {
        program(test).args(["--ignored", "anvil"]).run()?;
    }
    Ok(())
}

/// Anchors a log on a new chain, and checks its proof with the two implementations.
fn check_proof() -> Outcome {
    let folder = target().join("chain");
    let proof = folder.join("proof");
    script("test/record.mjs", &[&proof.display().to_string()])?;
    check_with_python(&proof)?;
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

/// The tests of `air chain`, which start chains of their own.
fn test_commands() -> Outcome {
    cargo(["test", "--package=air-cli", "--locked", "--test=all"])
        .args(["--", "--ignored", "anvil_"])
        .run()
}

/// Checks the proof in a folder with Python, which shares no code with the crates and the scripts.
fn check_with_python(folder: &Path) -> Outcome {
    let packages = target().join("chain/python");
    if !python::is_installed(REQUIREMENTS, &packages.display().to_string()) {
        say("  the check with Python is skipped: Python with pip is not installed");
        return Ok(());
    }
    program("python3")
        .args([format!("{PROJECT}/test/verify.py")])
        .args([folder])
        .env("PYTHONPATH", &packages)
        .run()
}

/// From issue to proof: a platform issues a credential, its ledger's root is anchored, and `air` and Python verify the proof.
fn issue_and_check() -> Outcome {
    const FOLDER: &str = "target/chain/issued";
    let seeded = Seeded::start(FOLDER)?;
    let folder = root().join(FOLDER);
    let subject = folder.join("subject.json").display().to_string();
    write_file(Path::new(&subject), &json!({ "isOver18": true }).to_string())?;
    let ready = &seeded.platform.ready;
    let partner = [
        ["--url", seeded.url()?],
        ["--key", &seeded.key],
        ["--partner-id", text(ready, "/seeded/partnerId")?],
    ]
    .concat();
    let program = [
        ["--issuer", text(ready, "/seeded/issuerDid")?],
        ["--program", text(ready, "/seeded/programs/age")?],
        ["--on-behalf", "ada@example.com"],
    ]
    .concat();
    let issue = [&["issue", "--json"][..], &partner, &program, &[&subject[..]]].concat();
    let issued = parsed(&air(&issue)?)?;
    let hash = text(&issued, "/coreClaimHash")?;
    let status = [&["status", "--wait", "--proof", "--json"][..], &partner, &[hash]].concat();
    let proved = parsed(&air(&status)?)?;
    let inclusion = json!({ "coreClaimHash": hash, "inclusion": proved["inclusion"] });
    write_file(&folder.join("inclusion.json"), &inclusion.to_string())?;
    let arguments = [folder.clone(), binary()].map(|path| path.display().to_string());
    script("test/issued.mjs", &arguments.each_ref().map(String::as_str))?;
    check_with_python(&folder)
}

fn parsed(json: &str) -> Outcome<Value> {
    serde_json::from_str(json).map_err(|error| format!("no JSON in the output of `air`: {error}"))
}

//! Compiles and tests the anchoring contract and `air chain` on a local chain (anvil), and checks
//! fresh anchor proofs with Python, with air-ledger and with `air status --proof`: of a log of the
//! tests, of a credential that a platform issued, and of one that a platform anchored itself.

mod anchored;
mod page;
mod times;

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    anvil::{self, PROJECT},
    build::{target, test_programs},
    platform::{Seeded, air, binary, text, write as write_file},
    python,
    shell::{Outcome, cargo, program, root, say},
};

const REQUIREMENTS: &str = "contracts/test/requirements.txt";
/// The proof that the tests of air-ledger read.
const FIXTURE: &str = "crates/air-ledger/tests/vectors/anvil";

/// `cargo xtask chain [--write | --times [--write]]`: `--write` updates the contract's code, the
/// table of gas in the book, and air-ledger's recorded proof; `--times` measures instead how long a
/// proof takes to verify.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let write = match options.as_slice() {
        [] => false,
        ["--write"] => true,
        ["--times"] => return times::run(FIXTURE, false),
        ["--times", "--write"] => return times::run(FIXTURE, true),
        _ => return Err("Usage: cargo xtask chain [--write | --times [--write]]".into()),
    };
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(());
    }
    let has_anvil = anvil::install()?;
    script("compile.mjs", &[if write { "--write" } else { "--check" }])?;
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
    issue_and_check()?;
    let anchored = anchored::Anchored::start()?;
    anchored.check_proof()?;
    page::check(&anchored)
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

/// From issue to proof: a platform issues a credential, its ledger's root is anchored, and `air`
/// and Python verify the proof.
fn issue_and_check() -> Outcome {
    const FOLDER: &str = "target/chain/issued";
    let seeded = Seeded::start(FOLDER)?;
    let folder = root().join(FOLDER);
    let hash = &issue(&seeded, &folder, "ada@example.com")?;
    let status = ["status", "--wait", "--proof", "--json", hash];
    let proved = parsed(&air(&[&status[..], &partner(&seeded)?].concat())?)?;
    let inclusion = json!({ "coreClaimHash": hash, "inclusion": proved["inclusion"] });
    write_file(&folder.join("inclusion.json"), &inclusion.to_string())?;
    let arguments = [folder.clone(), binary()].map(|path| path.display().to_string());
    script("test/issued.mjs", &arguments.each_ref().map(String::as_str))?;
    check_with_python(&folder)
}

/// The options that name the partner of a platform.
fn partner(seeded: &Seeded) -> Outcome<Vec<&str>> {
    let partner_id = text(&seeded.platform.ready, "/seeded/partnerId")?;
    Ok([
        ["--url", seeded.url()?],
        ["--key", &seeded.key],
        ["--partner-id", partner_id],
    ]
    .concat())
}

/// Issues a credential on behalf of a user, with its subject in a file of the folder. Returns its hash.
fn issue(seeded: &Seeded, folder: &Path, email: &str) -> Outcome<String> {
    let subject = folder.join("subject.json").display().to_string();
    write_file(Path::new(&subject), &json!({ "isOver18": true }).to_string())?;
    let ready = &seeded.platform.ready;
    let program = [
        ["--issuer", text(ready, "/seeded/issuerDid")?],
        ["--program", text(ready, "/seeded/programs/age")?],
        ["--on-behalf", email],
    ]
    .concat();
    let issue = [
        &["issue", "--json"][..],
        &partner(seeded)?,
        &program,
        &[&subject[..]],
    ]
    .concat();
    text(&parsed(&air(&issue)?)?, "/coreClaimHash").map(str::to_owned)
}

fn parsed(json: &str) -> Outcome<Value> {
    serde_json::from_str(json).map_err(|error| format!("no JSON in the output of `air`: {error}"))
}

//! The tests that ask other implementations, in Node and Python: their packages, and the tests that are ignored without.

use crate::shell::{Outcome, cargo, program, root, say};

/// A crate's tests against peers: the Node project in its `tests/node`, and the test's name.
const NODE: &[(&str, &str)] = &[
    ("air-crypto", "node_peers"),
    ("air-jwt", "peers"),
    ("air-schema", "node_peers"),
    ("air-vc", "node_peers"),
    ("air-vc", "w3c_peers"),
];
/// A test against Python's packages, which `tests/python/requirements.txt` names.
const PYTHON: (&str, &str) = ("air-jwt", "pyjwt");
/// The example in both languages, and the crate whose test `other_languages` runs it.
const EXAMPLE: (&str, &str) = ("examples/issue-on-behalf", "air-sandbox");
const PYTHON_PACKAGES: &str = "target/python";

pub(crate) fn run() -> Outcome {
    let python = has_python();
    let node = program("node").args(["--version"]).read().is_some();
    if node {
        for (package, test) in NODE {
            install_node_packages(package)?;
            ignored_tests(package, test, &["--skip", PYTHON.1])?;
        }
        npm_ci(&format!("{}/node", EXAMPLE.0))?;
        ignored_tests(EXAMPLE.1, "other_languages", &["node"])?;
    } else {
        say("  Node's are skipped: it is not installed");
    }
    if python {
        ignored_tests(PYTHON.0, "peers", &[PYTHON.1])?;
        ignored_tests(EXAMPLE.1, "other_languages", &["python"])
    } else {
        say("  Python's are skipped: Python with pip is not installed");
        Ok(())
    }
}

/// The packages of a crate's `tests/node`.
pub(crate) fn install_node_packages(package: &str) -> Outcome {
    npm_ci(&format!("crates/{package}/tests/node"))
}

fn npm_ci(folder: &str) -> Outcome {
    program("npm")
        .args(["ci", "--prefix", folder, "--no-audit", "--no-fund", "--silent"])
        .run()
}

fn ignored_tests(package: &str, test: &str, filter: &[&str]) -> Outcome {
    cargo([
        "test",
        "--package",
        package,
        "--all-features",
        "--locked",
        "--test",
        test,
    ])
    .args(["--", "--ignored"])
    .args(filter)
    .env("PYTHONPATH", root().join(PYTHON_PACKAGES).display().to_string())
    .run()
}

/// Whether Python is there with the packages, which pip fetches into `target/`.
fn has_python() -> bool {
    if program("python3")
        .args(["-m", "pip", "--version"])
        .read()
        .is_none()
    {
        return false;
    }
    let peers = format!("crates/{}/tests/python/requirements.txt", PYTHON.0);
    let example = format!("{}/python/requirements.txt", EXAMPLE.0);
    program("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args([
            "--root-user-action=ignore",
            "--upgrade",
            "--target",
            PYTHON_PACKAGES,
        ])
        .args(["--requirement", &peers, "--requirement", &example])
        .run()
        .is_ok()
}

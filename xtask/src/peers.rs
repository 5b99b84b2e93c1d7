//! The tests that ask other implementations, in Node and Python: their packages, and the tests that are ignored without.

use crate::{
    build::EVERYTHING,
    shell::{Outcome, cargo, program, root, say},
};

/// The crates whose `tests/node` is a Node project.
const NODE: [&str; 4] = ["air-crypto", "air-jwt", "air-schema", "air-vc"];
/// The tests that ask others.
const TESTS: [&str; 4] = ["node_peers", "other_languages", "peers", "w3c_peers"];
/// What is in the names of those that ask Python's, and of no other.
const PYTHON: [&str; 2] = ["pyjwt", "python"];
/// The packages that they need.
const REQUIREMENTS: [&str; 2] = [
    "crates/air-jwt/tests/python/requirements.txt",
    "examples/issue-on-behalf/python/requirements.txt",
];
const EXAMPLE: &str = "examples/issue-on-behalf/node";
const PYTHON_PACKAGES: &str = "target/python";

pub(crate) fn run() -> Outcome {
    let python = has_python();
    if !python {
        say("  Python's are skipped: Python with pip is not installed");
    }
    if program("node").args(["--version"]).read().is_none() {
        say("  Node's are skipped: it is not installed");
        return if python { ask(&PYTHON) } else { Ok(()) };
    }
    for package in NODE {
        install_node_packages(package)?;
    }
    npm_ci(EXAMPLE)?;
    if python {
        ask(&[])
    } else {
        ask(&PYTHON.map(|name| ["--skip", name]).concat())
    }
}

/// The tests with such names; all, with none.
fn ask(filter: &[&str]) -> Outcome {
    cargo(["test"].iter().chain(&EVERYTHING))
        .args(TESTS.map(|name| ["--test", name]).concat())
        .args(["--", "--ignored"])
        .args(filter)
        .env("PYTHONPATH", root().join(PYTHON_PACKAGES))
        .run()
}

/// The packages of a crate's `tests/node`.
pub(crate) fn install_node_packages(package: &str) -> Outcome {
    npm_ci(&format!("crates/{package}/tests/node"))
}

/// The packages that a folder's lock file names.
pub(crate) fn npm_ci(folder: &str) -> Outcome {
    program("npm")
        .args(["ci", "--prefix", folder, "--no-audit", "--no-fund", "--silent"])
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
    program("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args([
            "--root-user-action=ignore",
            "--upgrade",
            "--target",
            PYTHON_PACKAGES,
        ])
        .args(REQUIREMENTS.iter().flat_map(|file| ["--requirement", file]))
        .run()
        .is_ok()
}

//! Runs the tests against other implementations in Node and Python, which are ignored otherwise,
//! and installs their packages.

use crate::{
    build::EVERYTHING,
    shell::{Outcome, cargo, program, root, say},
};

/// The crates whose `tests/node` is a Node project.
const NODE: [&str; 5] = ["air-crypto", "air-issuer", "air-jwt", "air-schema", "air-vc"];
/// The name pattern of these tests' modules; it also matches `w3c_peers`.
const TESTS: [&str; 2] = ["peers::", "other_languages::"];
/// The name pattern of the tests against Python.
const PYTHON: [&str; 3] = ["peers::pyjwt", "peers::aiosmtpd", "other_languages::python"];
/// The Python packages that they need.
const REQUIREMENTS: [&str; 3] = [
    "crates/air-jwt/tests/python/requirements.txt",
    "crates/air-sandbox/tests/python/mail/requirements.txt",
    "examples/issue-on-behalf/python/requirements.txt",
];
const EXAMPLE: &str = "examples/issue-on-behalf/node";
const PYTHON_PACKAGES: &str = "target/python";

pub(crate) fn run() -> Outcome {
    let python = has_python();
    if !python {
        say("  tests against Python are skipped: Python with pip is not installed");
    }
    if program("node").args(["--version"]).read().is_none() {
        say("  tests against Node are skipped: Node is not installed");
        return if python { ask(&PYTHON, &[]) } else { Ok(()) };
    }
    for package in NODE {
        install_node_packages(package)?;
    }
    npm_ci(EXAMPLE)?;
    let skipped: &[&str] = if python { &[] } else { &PYTHON };
    ask(&TESTS, skipped)
}

/// The tests whose names match the first pattern, but not the second.
fn ask(names: &[&str], skipped: &[&str]) -> Outcome {
    cargo(["test", "--test=all"].iter().chain(&EVERYTHING))
        .args(["--", "--ignored"])
        .args(names)
        .args(skipped.iter().flat_map(|name| ["--skip", name]))
        .env("PYTHONPATH", root().join(PYTHON_PACKAGES))
        .run()
}

/// Installs the packages of a crate's `tests/node`.
pub(crate) fn install_node_packages(package: &str) -> Outcome {
    npm_ci(&format!("crates/{package}/tests/node"))
}

/// Installs the packages of a folder's lock file.
pub(crate) fn npm_ci(folder: &str) -> Outcome {
    npm_ci_with(folder, &[])
}

/// As [`npm_ci`], with more options of npm.
pub(crate) fn npm_ci_with(folder: &str, options: &[&str]) -> Outcome {
    program("npm")
        .args(["ci", "--prefix", folder, "--no-audit", "--no-fund", "--silent"])
        .args(options)
        .run()
}

/// Whether Python and the packages are available; pip installs them into `target/`.
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

//! Runs the tests of `air-mdoc` against other implementations, which are ignored otherwise, and
//! installs their packages.

use crate::{
    peers::npm_ci_with,
    python,
    shell::{Outcome, cargo, program, root, say},
};

/// The folders whose change requires this job.
pub(crate) const SOURCES: [&str; 2] = ["crates/air-mdoc", "xtask/src/mdoc.rs"];

const NODE: &str = "crates/air-mdoc/tests/node";
const REQUIREMENTS: &str = "crates/air-mdoc/tests/python/requirements.txt";
const PYTHON_PACKAGES: &str = "target/python-mdoc";
/// The tests, by program.
const NODE_TESTS: &str = "interop::owf_";
const PYTHON_TESTS: &str = "interop::pymdoccbor";

pub(crate) fn run() -> Outcome {
    let mut tests = Vec::new();
    if program("node").args(["--version"]).read().is_some() {
        npm_ci_with(NODE, &["--ignore-scripts"])?;
        tests.push(NODE_TESTS);
    } else {
        say("  tests against Node are skipped: Node is not installed");
    }
    if python::is_installed(REQUIREMENTS, PYTHON_PACKAGES) {
        tests.push(PYTHON_TESTS);
    } else {
        say("  tests against Python are skipped: Python with pip is not installed");
    }
    if tests.is_empty() {
        return Ok(());
    }
    cargo([
        "test",
        "--package=air-mdoc",
        "--test=all",
        "--locked",
        "--",
        "--ignored",
    ])
    .args(tests)
    .env("PYTHONPATH", root().join(PYTHON_PACKAGES))
    .run()
}

//! Tests `air-oid4vc`, `air wallet`, and the platform's routes for wallets, against other
//! implementations in Node (`@openid4vc` and its alpha, `@owf/mdoc`, `@digitalbazaar/oid4-client`)
//! and Python (`openvc-core`), which the tests ignore otherwise, and installs their packages.

use crate::{
    peers, python,
    shell::{Outcome, cargo, program, root, say},
};

/// The crate whose `tests/node` is a Node project.
const PACKAGE: &str = "air-oid4vc";
/// The Node projects: the stable releases, and the alpha of `@openid4vc`, whose packages have the same names.
const PROJECTS: [&str; 2] = [
    "crates/air-oid4vc/tests/node",
    "crates/air-oid4vc/tests/node/alpha",
];

const REQUIREMENTS: &str = "crates/air-oid4vc/tests/python/requirements.txt";
const PYTHON_PACKAGES: &str = "target/python-oid4vc";

/// The crate, the crates that it depends on, the wallet, and the routes. The suite runs when one of
/// them changed.
pub(crate) const SOURCES: [&str; 17] = [
    "benches/node/wallets.mjs",
    "crates/air-cli/src/wallet",
    "crates/air-cli/tests/wallet",
    "crates/air-dashboard/src/wallet",
    "crates/air-dashboard/src/wallet.rs",
    "crates/air-fetch/src",
    "crates/air-oid4vc",
    "crates/air-ids/src",
    "crates/air-json/src",
    "crates/air-jwt/src",
    "crates/air-mdoc",
    "crates/air-oid4vc-http/src",
    "crates/air-platform/src/openid4vc",
    "crates/air-sandbox/src/http/oid4vc",
    "crates/air-sandbox/tests/openid4vc",
    "crates/air-vc/src",
    "crates/air-x509/src",
];

pub(crate) fn run() -> Outcome {
    if python::is_installed(REQUIREMENTS, PYTHON_PACKAGES) {
        cargo(["test", "--locked", "--package", PACKAGE, "--test=all"])
            .args(["--", "--ignored", "python_"])
            .env("PYTHONPATH", root().join(PYTHON_PACKAGES))
            .run()?;
    } else {
        say("  tests against Python are skipped: Python with pip is not installed");
    }
    if program("node").args(["--version"]).read().is_none() {
        say("  tests against Node are skipped: Node is not installed");
        return Ok(());
    }
    for project in PROJECTS {
        peers::npm_ci_with(project, &["--ignore-scripts"])?;
    }
    cargo(["test", "--locked", "--package", PACKAGE, "--test=all"])
        .args(["--", "--ignored", "node_"])
        .run()?;
    cargo(["test", "--locked", "--package=air-cli", "--test=all"])
        .args(["--", "--ignored", "node_peers"])
        .run()?;
    cargo(["test", "--locked", "--package=air-sandbox", "--test=all"])
        .args(["--features=airkit,chain,dashboard,https,openapi,openid4vc,postgres,smtp,unicode-patterns"])
        .args(["--", "--ignored", "node_wallet"])
        .run()
}

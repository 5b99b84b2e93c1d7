//! Builds and tests the packages for other languages. The tests of the TypeScript client run against
//! a local platform, with the vectors of the crates, and with the package in an empty project.

use crate::{
    build::EVERYTHING,
    peers::npm_ci_with,
    platform::binary,
    shell::{Outcome, cargo, program, root, say},
};

/// The packages, the wire types and routes from which their types are generated, and their vectors.
/// The suite runs when one of them changed.
pub(crate) const SOURCES: [&str; 8] = [
    "Cargo.toml",
    "crates/air-api/src",
    "crates/air-cli/tests/vectors/standard-webhooks",
    "crates/air-ids/src",
    "crates/air-jwt/tests/vectors",
    "crates/air-sandbox/src/http",
    "packages",
    "xtask/src/languages.rs",
];

/// The TypeScript client.
const TYPESCRIPT: &str = "packages/air-client";

pub(crate) fn run() -> Outcome {
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(());
    }
    cargo(["build", "--quiet", "--tests"].iter().chain(&EVERYTHING)).run()?;
    npm_ci_with(TYPESCRIPT, &["--ignore-scripts"])?;
    for script in ["build", "examples", "test"] {
        program("npm")
            .args(["run", "--silent", "--prefix", TYPESCRIPT, script])
            .env("AIR_BINARY", root().join(binary()))
            .run()?;
    }
    Ok(())
}

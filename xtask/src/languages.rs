//! Builds and tests the packages for other languages. Their tests run against a local platform, with
//! the vectors of the crates, and with the package in an empty project.

mod kotlin;
mod wheel;

use crate::{
    background,
    build::EVERYTHING,
    peers::npm_ci_with,
    platform::binary,
    shell::{Outcome, cargo, program, root, say},
};

/// The packages, the wire types and routes from which their types are generated, and their vectors.
/// The suite runs when one of them changed.
pub(crate) const SOURCES: [&str; 19] = [
    "Cargo.toml",
    "crates/air-api/src",
    "crates/air-cli/tests/vectors/standard-webhooks",
    "crates/air-crypto/src",
    "crates/air-crypto/tests/vectors",
    "crates/air-ffi",
    "crates/air-ids/src",
    "crates/air-jwt/src",
    "crates/air-jwt/tests/vectors",
    "crates/air-python",
    "crates/air-sandbox/src/http",
    "crates/air-schema/src",
    "crates/air-vc/src",
    "crates/air-vc/tests/vectors/sd-jwt",
    "docs/book/src/guide/python.md",
    "docs/book/src/howto/android.md",
    "packages",
    "xtask/src/languages",
    "xtask/src/languages.rs",
];

/// The TypeScript client.
const TYPESCRIPT: &str = "packages/air-client";

/// Builds and tests all packages. With `--wheel` only builds the Python package, with `--kotlin` only
/// builds and tests the Kotlin package, with `--bindings` writes the generated sources, and with `--times`
/// measures the packages, that of Python beside peers.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => {
            cargo(["build", "--quiet", "--tests"].iter().chain(&EVERYTHING)).run()?;
            // The tests of the TypeScript client mostly wait.
            let others = [&["languages", "--wheel"][..], &["languages", "--kotlin"]];
            let others = background::start("languages", &others)?;
            typescript()?;
            others.wait()?;
            wheel::test()
        }
        [option] if option == "--wheel" => wheel::build(),
        [option] if option == "--kotlin" => kotlin::run(),
        [option] if option == "--bindings" => kotlin::write_bindings(),
        [option] if option == "--times" => {
            wheel::measure()?;
            kotlin::measure()
        }
        _ => Err("Usage: cargo xtask languages [--wheel | --kotlin | --bindings | --times]".into()),
    }
}

fn typescript() -> Outcome {
    if program("node").args(["--version"]).read().is_none() {
        say("  the TypeScript client is skipped: Node is not installed");
        return Ok(());
    }
    npm_ci_with(TYPESCRIPT, &["--ignore-scripts"])?;
    for script in ["build", "examples", "test"] {
        program("npm")
            .args(["run", "--silent", "--prefix", TYPESCRIPT, script])
            .env("AIR_BINARY", root().join(binary()))
            .run()?;
    }
    Ok(())
}

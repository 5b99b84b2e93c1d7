//! One set of features for every job that builds the tests, so that they share build artefacts.
//! With another set, cargo would rebuild most of the dependencies.

use std::path::PathBuf;

use cargo_metadata::Message;

use crate::shell::{Outcome, Shell, cargo, root};

/// The features of the crates of `crates/`.
pub(crate) const FEATURES: &str = concat!(
    "--features=air-cli/otel,air-client/blocking,air-crypto/rayon,air-crypto/tokio,",
    "air-fetch/evm,air-jwt/client-attestation,air-jwt/dpop,air-jwt/jwe,air-ledger/transactions,air-x509/native"
);

/// All features of all crates except the benches, which have no tests. `air-cli` enables the native
/// backend for all.
pub(crate) const EVERYTHING: [&str; 4] = ["--workspace", "--exclude=benches", FEATURES, "--locked"];

/// The crates with two backends, on the portable one.
pub(crate) const PORTABLE: [&str; 5] = [
    "--package=air-crypto",
    "--package=air-jwt",
    "--package=air-x509",
    "--features=air-crypto/rayon,air-crypto/tokio,air-jwt/client-attestation,air-jwt/dpop,air-jwt/jwe",
    "--locked",
];

/// Where property tests begin.
#[derive(Clone, Copy)]
pub(crate) enum Seed {
    Fixed,
    New,
}

/// Runs the tests with these features: with nextest if installed, which is faster and has better reports.
///
/// Property tests use one seed, so that a change is judged by what it changes.
/// `cargo xtask test --all`, and CI's own test jobs, search with new seeds.
pub(crate) fn tests(of: &[&str], seed: Seed) -> Shell {
    let nextest = cargo(["nextest", "--version"]).read().is_some();
    let runner: &[&str] = if nextest {
        &["nextest", "run"]
    } else {
        &["test", "--all-targets"]
    };
    let tests = cargo(runner.iter().chain(of)).args(["--no-fail-fast"]);
    let tests = if nextest {
        tests.args(["--test-threads".to_owned(), threads().to_string()])
    } else {
        tests
    };
    match seed {
        Seed::Fixed => tests.env("PROPTEST_RNG_SEED", "20260119"),
        Seed::New => tests,
    }
}

/// The number of tests at a time: two for each core, since many wait for timers, processes or a database.
pub(crate) fn threads() -> usize {
    2 * std::thread::available_parallelism().map_or(2, usize::from)
}

/// The test programs of a package, built with [`EVERYTHING`].
pub(crate) fn test_programs(package: &str) -> Outcome<Vec<PathBuf>> {
    let messages = cargo(
        ["test", "--quiet", "--no-run", "--message-format=json"]
            .iter()
            .chain(&EVERYTHING),
    )
    .read()
    .ok_or("failed to build the tests; run `cargo xtask test` to see why")?;
    let folder = root().join("crates").join(package);
    Message::parse_stream(messages.as_bytes())
        .filter_map(|message| match message {
            Ok(Message::CompilerArtifact(built)) if built.target.src_path.starts_with(&folder) => {
                let is_test = built.profile.test;
                Some(Ok(built.executable.filter(|_| is_test)?.into()))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error.to_string())),
        })
        .collect()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

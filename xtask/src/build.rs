//! One set of features for every job that builds the tests: what one has built, the next one uses. With another set, cargo builds most
//! of the dependencies once more.

use std::path::PathBuf;

use cargo_metadata::Message;

use crate::shell::{Outcome, Shell, cargo, root};

/// All features of all crates but the benches', which nothing tests. `air-cli` brings the native backend to everybody.
pub(crate) const EVERYTHING: [&str; 4] = [
    "--workspace",
    "--exclude=benches",
    "--features=air-cli/otel,air-client/blocking,air-crypto/rayon,air-crypto/tokio",
    "--locked",
];

/// The two crates that have two backends, with the portable one.
pub(crate) const PORTABLE: [&str; 4] = [
    "--package=air-crypto",
    "--package=air-jwt",
    "--features=air-crypto/rayon,air-crypto/tokio",
    "--locked",
];

/// The tests of what is built so: by nextest where it is installed, which is faster and says more.
pub(crate) fn tests(of: &[&str]) -> Shell {
    let nextest = cargo(["nextest", "--version"]).read().is_some();
    let runner: &[&str] = if nextest {
        &["nextest", "run"]
    } else {
        &["test", "--all-targets"]
    };
    cargo(runner.iter().chain(of)).args(["--no-fail-fast"])
}

/// The programs of a package's tests, built with [`EVERYTHING`].
pub(crate) fn test_programs(package: &str) -> Outcome<Vec<PathBuf>> {
    let messages = cargo(
        ["test", "--quiet", "--no-run", "--message-format=json"]
            .iter()
            .chain(&EVERYTHING),
    )
    .read()
    .ok_or("the tests can't be built; `cargo xtask test` says why")?;
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

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

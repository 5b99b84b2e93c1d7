//! Runs tests with serde_json's `arbitrary_precision` and `float_roundtrip`, which another crate of
//! a user's build can enable.

use crate::{
    build::{Seed, tests},
    shell::Outcome,
};

/// The pure crates that use serde_json, the clients' types, and the client. Their tests use the
/// local platform. The features of serde_json are named on the command line, so no crate enables
/// them.
const ARGUMENTS: [&str; 14] = [
    "--package=air-api",
    "--package=air-client",
    "--package=air-crypto",
    "--package=air-ids",
    "--package=air-json",
    "--package=air-jwt",
    "--package=air-ledger",
    "--package=air-mdoc",
    "--package=air-oid4vc",
    "--package=air-schema",
    "--package=air-vc",
    "--package=air-x509",
    concat!(
        "--features=serde_json/arbitrary_precision,serde_json/float_roundtrip,air-api/openapi,air-client/blocking,",
        "air-crypto/rayon,air-crypto/tokio,air-jwt/client-attestation,air-jwt/dpop,air-jwt/jwe,air-ledger/transactions"
    ),
    "--locked",
];

/// The files whose change requires this job. A new version of serde_json changes the lock file.
pub(crate) const SOURCES: [&str; 14] = [
    "crates/air-api",
    "crates/air-client",
    "crates/air-crypto",
    "crates/air-ids",
    "crates/air-json",
    "crates/air-jwt",
    "crates/air-ledger",
    "crates/air-mdoc",
    "crates/air-oid4vc",
    "crates/air-schema",
    "crates/air-vc",
    "crates/air-x509",
    "Cargo.lock",
    "xtask/src/precision.rs",
];

/// With this variable, a test of air-json fails if serde_json is built without `arbitrary_precision`.
const REQUIRED: &str = "AIR_ARBITRARY_PRECISION";

/// `cargo xtask precision`. The target folder is that of the other tests: cargo keeps the builds
/// with other features, and reuses the dependencies that don't use serde_json.
pub(crate) fn run(seed: Seed) -> Outcome {
    tests(&ARGUMENTS, seed).env(REQUIRED, "1").run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_each_tested_crate_runs_the_job() {
        let packages = ARGUMENTS
            .iter()
            .filter_map(|argument| argument.strip_prefix("--package="));
        let folders: Vec<String> = packages.map(|name| format!("crates/{name}")).collect();
        assert_eq!(folders, SOURCES[..folders.len()]);
        assert_eq!(folders.len(), 12);
    }
}

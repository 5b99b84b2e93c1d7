//! A folder with a partner's key, and a platform that was seeded for this partner.

use serde_json::Value;

use super::{
    Run, TestEnv, example,
    server::{Server, seeded},
};

/// The folder, with the key in `key.pem`, and the platform.
pub(crate) struct SeededEnv {
    pub(crate) cli: TestEnv,
    pub(crate) platform: Server,
    _jwks: Server,
}

impl SeededEnv {
    pub(crate) fn start(seed: Value) -> Self {
        Self::start_in(TestEnv::new(), seed)
    }

    /// Starts in a folder that has other files already.
    pub(crate) fn start_in(cli: TestEnv, seed: Value) -> Self {
        let (platform, jwks) = seeded(&cli, seed);
        Self {
            cli,
            platform,
            _jwks: jwks,
        }
    }

    /// Starts with the seed of the examples.
    pub(crate) fn of_examples() -> Self {
        let seed = std::fs::read(example("seed.json")).unwrap();
        Self::start(serde_json::from_slice(&seed).unwrap())
    }

    /// Returns an id of the seeded partner.
    pub(crate) fn id(&self, pointer: &str) -> &str {
        let seeded = &self.platform.ready["seeded"];
        seeded.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    /// Returns the arguments of a command as the partner.
    pub(crate) fn arguments<'a>(&'a self, command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
        let (url, partner) = (self.platform.url(), self.id("/partnerId"));
        let partner = ["--url", url, "--key", "key.pem", "--partner-id", partner];
        [command, &partner, more].concat()
    }

    /// Runs a command as the partner.
    pub(crate) fn air(&self, command: &[&str], more: &[&str]) -> Run {
        self.cli.air(&self.arguments(command, more))
    }
}

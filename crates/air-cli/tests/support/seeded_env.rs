//! A folder with a partner's key, and a platform that was seeded for this partner.

use std::path::Path;

use serde_json::Value;

use super::{
    Run, TestEnv, example,
    server::{Server, seed_file, seeded},
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
        Self::start(example_seed())
    }

    /// The same in memory, with these options, and a program for proofs by its variable.
    pub(crate) fn with_program(cli: TestEnv, options: &[&str], (name, program): (&str, &Path)) -> Self {
        let jwks = seed_file(&cli, example_seed());
        let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"];
        let variables = [(name, program.to_str().unwrap())];
        let platform = Server::start_with_env(&cli.path(""), &[&up[..], options].concat(), &variables);
        Self {
            cli,
            platform,
            _jwks: jwks,
        }
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

    /// Runs a set-up command for the partner's schema `kyc`.
    pub(crate) fn create(&self, kind: &str, options: &[&str]) -> Run {
        let (url, partner) = (self.platform.url(), self.id("/partnerId"));
        let create = [kind, "create", "--json", "--url", url, "--partner-id", partner];
        let schema = ["--schema", self.id("/schemas/kyc")];
        self.cli.air(&[&create[..], &schema, options].concat())
    }

    /// Signs a Partner JWT.
    pub(crate) fn token(&self, scope: &str, more: &[&str]) -> String {
        let sign = [
            "token",
            "sign",
            "--key",
            "key.pem",
            "--partner-id",
            self.id("/partnerId"),
        ];
        let token = self.cli.air(&[&sign[..], &["--scope", scope], more].concat());
        token.succeeded().text().to_owned()
    }

    /// Runs a command as the partner.
    pub(crate) fn air(&self, command: &[&str], more: &[&str]) -> Run {
        self.cli.air(&self.arguments(command, more))
    }
}

fn example_seed() -> Value {
    serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap()
}

//! anvil, a chain on this machine, from npm.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::shell::{Outcome, program, root, say};

pub(crate) const PROJECT: &str = "contracts";
const BINARY: &str = "contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";

/// The private key of the first account, which has coins.
pub(crate) const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// Installs the packages of the contract's tests, anvil among them. Returns whether anvil supports
/// this machine.
pub(crate) fn install() -> Outcome<bool> {
    // anvil's package is a binary: nothing of what npm fetches needs a script at installation.
    program("npm")
        .args(["ci", "--ignore-scripts", "--prefix", PROJECT])
        .args(["--no-audit", "--no-fund", "--silent"])
        .run()?;
    Ok(root().join(BINARY).exists())
}

/// A new chain with the id 5151 on a free port, until this is dropped.
pub(crate) struct Anvil {
    process: Child,
    pub(crate) url: String,
}

impl Anvil {
    pub(crate) fn start() -> Outcome<Self> {
        let failed = |reason: &dyn std::fmt::Display| format!("anvil did not start: {reason}");
        let arguments = ["--port", "0", "--chain-id", "5151", "--slots-in-an-epoch", "1"];
        say(&format!("  $ anvil {} &", arguments.join(" ")));
        let mut process = Command::new(root().join(BINARY))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        let stdout = process.stdout.take();
        let mut anvil = Self {
            process,
            url: String::new(),
        };
        let mut lines = BufReader::new(stdout.ok_or_else(|| failed(&"no output"))?).lines();
        let address = lines
            .by_ref()
            .find_map(|line| line.ok()?.strip_prefix("Listening on ").map(str::to_owned));
        anvil.url = format!(
            "http://{}",
            address.ok_or_else(|| failed(&"it names no address"))?
        );
        // Its further output has a reader, so that it never waits for one.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(anvil)
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

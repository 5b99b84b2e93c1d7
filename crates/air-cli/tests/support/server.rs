//! Commands that run until they are interrupted.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use super::{RUNTIME_FOLDER, TestEnv, binary};

/// A server that prints a line when it is ready, and ends when it is told to.
pub(crate) struct Server {
    child: Child,
    pub(crate) ready: Value,
}

impl Server {
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::of(command(folder, arguments).stderr(Stdio::piped()))
    }

    /// Starts it with these variables.
    #[cfg(unix)]
    pub(crate) fn start_with_env(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(folder, arguments);
        Self::of(command.envs(variables.iter().copied()).stderr(Stdio::piped()))
    }

    /// Starts it with all lines of its log, which go to a file.
    pub(crate) fn start_with_trace(folder: &Path, arguments: &[&str], log: &Path) -> Self {
        let log = File::create(log).unwrap();
        Self::of(command(folder, arguments).env("RUST_LOG", "trace").stderr(log))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut stderr = String::new();
            let _ = child.stderr.as_mut().map(|pipe| pipe.read_to_string(&mut stderr));
            panic!("not ready: {line} {stderr}")
        });
        assert_eq!(ready["ready"], true);
        Self { child, ready }
    }

    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// Kills it at once (`kill -9`): it is not told.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Interrupts it, checks that it ends well, and returns its output on stderr.
    pub(crate) fn interrupt_and_read(mut self) -> String {
        interrupt(self.child.id());
        let mut written = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut written).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {written}");
        written
    }

    /// Interrupts it as Ctrl-C does, and checks that it ends well.
    pub(crate) fn interrupt(self) {
        self.end_by("-INT");
    }

    /// Ends it as service managers do, and checks that it ends well.
    pub(crate) fn terminate(self) {
        self.end_by("-TERM");
    }

    fn end_by(mut self, signal: &str) {
        send(signal, self.child.id());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .current_dir(folder)
        .env("XDG_RUNTIME_DIR", RUNTIME_FOLDER)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// Interrupts a process as Ctrl-C does.
pub(crate) fn interrupt(pid: u32) {
    send("-INT", pid);
}

fn send(signal: &str, pid: u32) {
    let sent = Command::new("kill").args([signal, &pid.to_string()]).status();
    assert!(sent.unwrap().success());
}

/// A platform with its data in `data`, set up from `seed` for a partner whose key is in `key.pem`,
/// and that partner's published keys.
pub(crate) fn seeded(env: &TestEnv, seed: Value) -> (Server, Server) {
    seeded_in(env, seed, &["--data", "data"])
}

/// The same, with other options.
pub(crate) fn seeded_in(env: &TestEnv, seed: Value, more: &[&str]) -> (Server, Server) {
    seeded_at(env, seed, "127.0.0.1:0", more)
}

/// The same, at this address.
pub(crate) fn seeded_at(env: &TestEnv, seed: Value, listen: &str, more: &[&str]) -> (Server, Server) {
    let jwks = seed_file(env, seed);
    let up = ["sandbox", "up", "--listen", listen, "--seed", "seed.json"];
    (Server::start(&env.path(""), &[&up[..], more].concat()), jwks)
}

/// Writes `seed.json` for a partner whose key is in `key.pem`, and publishes the partner's keys.
pub(crate) fn seed_file(env: &TestEnv, mut seed: Value) -> Server {
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let jwks = ["jwks", "serve", "--key", "key.pem", "--listen", "127.0.0.1:0"];
    let jwks = Server::start(&env.path(""), &jwks);
    seed["partner"]["jwksUrl"] = jwks.url().into();
    env.write("seed.json", seed.to_string());
    jwks
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

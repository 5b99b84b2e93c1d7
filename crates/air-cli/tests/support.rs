//! Runs the binary as its users do, and keeps its output.

pub(crate) mod certificates;
pub(crate) mod http;
pub(crate) mod node;
pub(crate) mod port;
pub(crate) mod receiver;
pub(crate) mod seeded_env;
pub(crate) mod server;
pub(crate) mod web;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Output,
};

use assert_cmd::Command;

/// The outcome of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap().trim_end()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Checks the exit code, that stderr contains the reason, and that the binary did not panic.
    #[track_caller]
    pub(crate) fn failed_with(&self, code: i32, reason: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.contains(reason), "lacks `{reason}`: {}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A temporary folder in which the binary runs.
pub(crate) struct TestEnv(tempfile::TempDir);

impl TestEnv {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in the folder, including hidden ones.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn air(&self, arguments: &[&str]) -> Run {
        self.air_with(arguments, "")
    }

    pub(crate) fn air_with(&self, arguments: &[&str], stdin: impl Into<Vec<u8>>) -> Run {
        self.command()
            .args(arguments)
            .write_stdin(stdin)
            .output()
            .unwrap()
            .into()
    }

    /// As [`Self::air_with`], with one more environment variable.
    #[cfg(unix)]
    pub(crate) fn air_in(
        &self,
        (name, value): (&str, impl AsRef<std::ffi::OsStr>),
        arguments: &[&str],
        stdin: impl Into<Vec<u8>>,
    ) -> Run {
        self.command()
            .env(name, value)
            .args(arguments)
            .write_stdin(stdin)
            .output()
            .unwrap()
            .into()
    }

    /// Runs the binary at a terminal with one line of input, and returns the terminal's content. `script` of
    /// util-linux makes the terminal.
    #[cfg(target_os = "linux")]
    pub(crate) fn at_a_terminal(&self, arguments: &[&str], line: &str) -> String {
        use std::{
            io::{Read, Write},
            process::Stdio,
        };

        let quoted = arguments.iter().map(|argument| format!("'{argument}'"));
        let command = std::iter::once(binary().display().to_string()).chain(quoted);
        let mut script = std::process::Command::new("script")
            .args(["--quiet", "--return", "--command"])
            .arg(command.collect::<Vec<_>>().join(" "))
            .arg("/dev/null")
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The input stays open until the command ends.
        let mut input = script.stdin.take().unwrap();
        writeln!(input, "{line}").unwrap();
        let mut shown = String::new();
        script.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
        script.wait().unwrap();
        drop(input);
        shown
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(self.0.path());
        for name in [
            "AIR_URL",
            "AIR_KEY",
            "AIR_KID",
            "AIR_PARTNER_ID",
            "AIR_PROFILE",
            "AIR_ISSUER",
            "AIR_PROGRAM",
            "AIR_PROGRAMS",
            "AIR_VERIFICATION_PROGRAM",
            "AIR_VERIFICATION_PROGRAMS",
            "AIR_ADMIN_TOKEN",
            "AIR_ADMIN_TOKEN_FILE",
            "AIR_SSI",
            "AIR_ZK",
            "RUST_LOG",
        ] {
            command.env_remove(name);
        }
        command.env("XDG_RUNTIME_DIR", RUNTIME_FOLDER);
        command
    }
}

/// Where platforms store their operator tokens, instead of the user's folder.
pub(crate) const RUNTIME_FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_air"))
}

/// Compares a text with a file in `tests/snapshots`. `SNAPSHOTS=overwrite` updates the file.
#[track_caller]
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let path = format!("{}/tests/snapshots/{name}", env!("CARGO_MANIFEST_DIR"));
    snapbox::Assert::new()
        .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
        .eq(text, snapbox::Data::read_from(Path::new(&path), None).raw());
}

/// The only JSON document in an output.
#[track_caller]
pub(crate) fn document(stdout: &[u8], case: &str) -> serde_json::Value {
    let mut documents = serde_json::Deserializer::from_slice(stdout).into_iter::<serde_json::Value>();
    let first = documents
        .next()
        .unwrap_or_else(|| panic!("{case}: nothing on stdout"));
    assert!(documents.next().is_none(), "{case}: more than one document");
    first.unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// The files' names in a folder, without extension.
pub(crate) fn stems(folder: impl AsRef<Path>) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// The folder with a snapshot of `--help` for every command.
pub(crate) const HELP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/help");

pub(crate) fn example(name: &str) -> String {
    format!("{}/../../examples/kyc/{name}", env!("CARGO_MANIFEST_DIR"))
}

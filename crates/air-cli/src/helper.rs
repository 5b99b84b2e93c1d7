//! Programs with the libraries that `air` is built without: where a program is, and one command to it.

use std::{
    env, io,
    path::{Path, PathBuf},
    pin::pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};
use zeroize::Zeroizing;

use crate::{exit::Failure, terminal::printable};

/// A program accepts no longer command.
const COMMAND_LIMIT: usize = 8 * 1024 * 1024;
const ANSWER_LIMIT: u64 = 4 * 1024 * 1024;
/// A command of the maximum size takes a few seconds.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// A kind of program, and how its errors name it.
#[derive(Debug)]
pub(crate) struct HelperKind {
    /// The name of the file, without the extension of the platform.
    pub(crate) name: &'static str,
    /// The environment variable with the path of the program.
    pub(crate) variable: &'static str,
    /// The version of commands and answers. The program names its own in every answer.
    pub(crate) protocol: u64,
    /// The subject and the verb of "need it".
    pub(crate) needed: &'static str,
    /// How to install the program.
    pub(crate) install: &'static str,
}

/// A program, which reads one command on stdin and writes one answer to stdout.
pub(crate) struct Helper {
    kind: &'static HelperKind,
    path: PathBuf,
    time_limit: Duration,
}

/// The output of the program, and its exit code.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) document: Map<String, Value>,
    pub(crate) exit_code: Option<i32>,
}

impl Helper {
    /// Finds the program: at its variable, or else beside this program, or else on `PATH`.
    pub(crate) fn find(kind: &'static HelperKind) -> Result<Self, Failure> {
        let HelperKind {
            name,
            variable,
            needed,
            install,
            ..
        } = kind;
        if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            // A name without a folder would be looked up on `PATH`.
            return match std::path::absolute(&path) {
                Ok(path) if path.is_file() => Ok(Self::at(path, kind)),
                _ => Err(
                    Failure::failed(format!("{variable} names no file: {}", path.display()))
                        .with_hint(*install),
                ),
            };
        }
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        let beside = env::current_exe().ok();
        let beside = beside.as_ref().and_then(|air| air.parent()).map(PathBuf::from);
        let folders = env::var_os("PATH").unwrap_or_default();
        beside
            .into_iter()
            .chain(env::split_paths(&folders))
            // A relative folder would let the current folder choose who gets the key.
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(&file))
            .find(|path| path.is_file())
            .map(|path| Self::at(path, kind))
            .ok_or_else(|| {
                Failure::failed(format!("the program {name} is not installed; {needed} it"))
                    .with_hint(*install)
            })
    }

    /// The folder of the program.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.path.parent()
    }

    fn at(path: PathBuf, kind: &'static HelperKind) -> Self {
        Self {
            kind,
            path,
            time_limit: TIME_LIMIT,
        }
    }

    /// Sends a command, which may contain a key, and returns the answer. Fails with the message of the
    /// program if it rejects the command.
    pub(crate) async fn ask(&self, command: &impl Serialize) -> Result<Answer, Failure> {
        // Allocated at once, so that growing leaves no copy of the key behind.
        let mut text = Zeroizing::new(Vec::<u8>::with_capacity(COMMAND_LIMIT));
        serde_json::to_writer(&mut *text, command).map_err(|error| Failure::failed(error.to_string()))?;
        if text.len() > COMMAND_LIMIT {
            return Err(Failure::rejected(
                "the input files are too long: they must have at most 8 MiB together",
            ));
        }
        let mut child = self.spawn()?;
        let exchanged = timeout(self.time_limit, exchange(&mut child, &text)).await;
        let (answer, status) = match exchanged {
            Ok(Ok(exchanged)) => exchanged,
            Ok(Err(error)) => {
                let _ = child.kill().await;
                return Err(self.failure(&format!("could not be asked: {error}")));
            }
            Err(_) => {
                let _ = child.kill().await;
                let seconds = self.time_limit.as_secs();
                return Err(Failure::unreachable(format!(
                    "{} did not answer within {seconds} s, and was stopped",
                    self.path.display()
                ))
                .with_hint("make the input smaller, or try again when the machine is less busy"));
            }
        };
        self.read(&answer, status)
    }

    fn spawn(&self) -> Result<Child, Failure> {
        let mut command = Command::new(&self.path);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A panic of the libraries could show a claim.
            .stderr(Stdio::null())
            // The environment of `air` can contain tokens and passwords.
            .env_clear()
            .kill_on_drop(true);
        if let Some(folder) = env::var_os("SystemRoot") {
            // Windows needs it for randomness.
            command.env("SystemRoot", folder);
        }
        command
            .spawn()
            .map_err(|error| self.failure(&format!("could not be started: {error}")))
    }

    fn read(&self, answer: &[u8], status: ExitStatus) -> Result<Answer, Failure> {
        if answer.len() as u64 > ANSWER_LIMIT {
            return Err(self.failure("wrote more than 4 MiB, and was stopped"));
        }
        if answer.trim_ascii().is_empty() {
            return Err(self.failure(&format!("gave no answer ({status})")));
        }
        let document: Map<String, Value> =
            serde_json::from_slice(answer).map_err(|_| self.failure("did not answer with a JSON object"))?;
        if document.get("protocol").and_then(Value::as_u64) != Some(self.kind.protocol) {
            return Err(self.failure(&format!(
                "is another version: this `air` needs one with protocol {}",
                self.kind.protocol
            )));
        }
        if let Some(error) = document.get("error") {
            let message = error.get("message").and_then(Value::as_str);
            return Err(match message {
                Some(message) => Failure::rejected(printable(message)),
                None => self.unexpected(),
            });
        }
        Ok(Answer {
            document,
            exit_code: status.code(),
        })
    }

    /// The answer is not one to the command.
    pub(crate) fn unexpected(&self) -> Failure {
        self.failure("gave an unexpected answer")
    }

    fn failure(&self, what: &str) -> Failure {
        Failure::failed(format!("{} {what}", self.path.display())).with_hint(self.kind.install)
    }
}

/// Writes the command, and reads at most one byte more than the limit. Does not wait for a program that
/// writes too much: it is stopped.
async fn exchange(child: &mut Child, command: &[u8]) -> io::Result<(Vec<u8>, ExitStatus)> {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let mut answer = Vec::new();
    {
        let write = async move {
            // A program that rejects a command early does not read all of it.
            let _ = stdin.write_all(command).await;
        };
        let mut stdout = stdout.take(ANSWER_LIMIT + 1);
        let mut read = pin!(stdout.read_to_end(&mut answer));
        let outcome = tokio::select! {
            outcome = read.as_mut() => outcome,
            () = write => read.await,
        };
        outcome?;
    }
    if answer.len() as u64 > ANSWER_LIMIT {
        child.kill().await?;
    }
    Ok((answer, child.wait().await?))
}

#[cfg(all(test, unix))]
mod tests;

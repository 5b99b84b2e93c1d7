//! Runs commands: prints each one, and names it if it fails.

use std::{
    ffi::OsStr,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The result of a job; the error is a message.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// A command that runs in the workspace's root.
pub(crate) struct Shell(Command);

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// Prints a line on stderr.
pub(crate) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// The cargo that runs this job.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Shell {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(cargo).args(arguments)
}

pub(crate) fn program(name: impl AsRef<OsStr>) -> Shell {
    let mut command = Command::new(name);
    command.current_dir(root());
    Shell(command)
}

/// Whether this process is root, and may install packages.
pub(crate) fn is_root() -> bool {
    program("id")
        .args(["-u"])
        .read()
        .is_some_and(|id| id.trim() == "0")
}

/// Installs Debian packages if apt is available and this process is root. The caller checks
/// afterwards whether the programs exist.
pub(crate) fn apt_install(packages: &[&str]) {
    if !(is_root() && Path::new("/usr/bin/apt-get").exists()) {
        return;
    }
    say(&format!("  installing {}", packages.join(", ")));
    let _ = program("apt-get").args(["update", "-qq"]).read();
    let _ = program("apt-get")
        .args(["install", "--yes", "-qq", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .read();
}

impl Shell {
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs the command in a folder other than the workspace's root.
    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.0.current_dir(folder);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.0.env_remove(name);
        self
    }

    /// Sends the output to a file instead of the terminal.
    pub(crate) fn into_log(mut self, log: File) -> Outcome<Self> {
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        self.0.stdout(log).stderr(errors);
        Ok(self)
    }

    /// Prints the command and runs it.
    pub(crate) fn run(mut self) -> Outcome {
        let line = self.line();
        say(&format!("  $ {line}"));
        match self.0.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("`{line}` failed with {status}")),
            Err(error) => Err(format!("failed to run `{line}`: {error}")),
        }
    }

    /// Prints the command and starts it. Returns the process and the command as text.
    pub(crate) fn spawn(mut self) -> Outcome<(String, Child)> {
        let line = self.line();
        say(&format!("  $ {line}"));
        match self.0.spawn() {
            Ok(child) => Ok((line, child)),
            Err(error) => Err(format!("failed to run `{line}`: {error}")),
        }
    }

    /// The output, or `None` if the command can't be run or fails.
    pub(crate) fn read(mut self) -> Option<String> {
        let output = self.0.stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    }

    fn line(&self) -> String {
        let name = Path::new(self.0.get_program())
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let words = self.0.get_args().map(|word| word.to_string_lossy().into_owned());
        std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
    }
}

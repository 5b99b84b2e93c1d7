//! A local platform with a partner for jobs: the binary that the tests built, in memory, on free ports.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    build::{EVERYTHING, target},
    shell::{Outcome, cargo, program, root, say},
};

/// A platform with a partner whose keys are published.
pub(crate) struct Seeded {
    _jwks: Server,
    pub(crate) platform: Server,
    /// The file of the partner's key.
    pub(crate) key: String,
}

impl Seeded {
    /// Stores its files in `folder`, below the workspace's root.
    pub(crate) fn start(folder: &str) -> Outcome<Self> {
        Self::start_with(folder, &[])
    }

    /// Starts with further options of `air sandbox up`.
    pub(crate) fn start_with(folder: &str, options: &[&str]) -> Outcome<Self> {
        cargo(["build", "--quiet", "--tests"].iter().chain(&EVERYTHING)).run()?;
        let path = root().join(folder);
        fs::create_dir_all(&path).map_err(|error| format!("{folder}: {error}"))?;
        let key = path.join("partner-key.pem").display().to_string();
        let _ = fs::remove_file(&key);
        air(&["keys", "generate", "--out", &key])?;
        let jwks = Server::start(&["jwks", "serve", "--key", &key, "--listen", "127.0.0.1:0"])?;
        let file = path.join("seed.json");
        write(&file, &seed(text(&jwks.ready, "/url")?).to_string())?;
        let file = file.display().to_string();
        let ports = ["--listen", "127.0.0.1:0", "--airkit=127.0.0.1:0"];
        let up = [
            &["sandbox", "up"][..],
            &ports,
            &["--seed", file.as_str()],
            options,
        ]
        .concat();
        let platform = Server::start(&up)?;
        Ok(Self {
            _jwks: jwks,
            platform,
            key,
        })
    }

    pub(crate) fn url(&self) -> Outcome<&str> {
        text(&self.platform.ready, "/url")
    }

    /// Where the AIR Kit SDK's pages are.
    pub(crate) fn airkit_url(&self) -> Outcome<&str> {
        text(&self.platform.ready, "/airkitUrl")
    }
}

/// An `air` that serves until this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) line: String,
    pub(crate) ready: Value,
}

impl Server {
    /// Starts the server, and waits for its first line.
    pub(crate) fn start(arguments: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(binary());
        command.args(arguments);
        Self::spawn(command, &format!("air {}", arguments.join(" ")))
    }

    /// Starts the server that a command runs, and waits for its first line. `line` names it in messages.
    pub(crate) fn spawn(mut command: Command, line: &str) -> Outcome<Self> {
        say(&format!("  $ {line} &"));
        let failed = |error: &dyn std::fmt::Display| format!("`{line}` did not start: {error}");
        let mut process = command
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(&error))?;
        let stdout = process.stdout.take();
        let mut server = Self {
            process,
            line: line.to_owned(),
            ready: Value::Null,
        };
        let mut first = String::new();
        if let Some(stdout) = stdout {
            let read = BufReader::new(stdout).read_line(&mut first);
            read.map_err(|error| failed(&error))?;
        }
        server.ready = serde_json::from_str(&first).map_err(|error| failed(&error))?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The `air` that the tests built.
pub(crate) fn binary() -> std::path::PathBuf {
    target()
        .join("debug")
        .join(format!("air{}", std::env::consts::EXE_SUFFIX))
}

/// The output of a command.
pub(crate) fn air(arguments: &[&str]) -> Outcome<String> {
    program(binary()).args(arguments).read().ok_or_else(|| {
        format!(
            "`air {}` failed",
            arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ")
        )
    })
}

/// A seed file for a partner that may issue on behalf of users, and its program `age`.
pub(crate) fn seed(jwks_url: &str) -> Value {
    json!({
        "partner": { "name": "Zenith", "jwksUrl": jwks_url, "issueOnBehalf": true },
        "schemas": [{ "key": "age", "title": "Proof of age", "attributes": [
            { "name": "isOver18", "type": "boolean", "required": true },
        ] }],
        "programs": [{ "key": "age", "schema": "age", "cak": false, "expiration": "90d", "publish": true }],
        "verificationPrograms": [{ "key": "age", "schema": "age", "conditions": [
            { "attribute": "isOver18", "operator": "equals", "value": true },
        ] }],
    })
}

pub(crate) fn text<'a>(json: &'a Value, pointer: &str) -> Outcome<&'a str> {
    json.pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("no `{pointer}` in the output of `air`"))
}

pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

//! A terminal in a copy of the clone's files: a shell that keeps its variables, and servers in
//! other terminals.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::support::{RUNTIME_FOLDER, binary, port::ReservedPort};

const END: &str = "== end of block";

/// The ports of the pages, in their order: the platform, the SDK's pages, the partner's page, the
/// partner's keys.
const PORTS: [u16; 4] = [8300, 8200, 3000, 8311];

/// The variables that name the programs of some pages. Other variables of `air` would change what its commands do.
const PROGRAMS: [&str; 2] = ["AIR_SSI", "AIR_ZK"];

pub(super) struct Terminal {
    folder: tempfile::TempDir,
    ports: [u16; 4],
    _reserved: [ReservedPort; 4],
    shell: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    servers: Vec<Child>,
}

/// The end of a block.
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) output: String,
}

impl Terminal {
    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clone = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        copy(&clone.join("examples"), &folder.path().join("examples"));
        let reserved = PORTS.map(|_| ReservedPort::new());
        let ports = reserved.each_ref().map(ReservedPort::number);
        shims(folder.path(), &clone, ports);
        let mut shell = command(folder.path(), ports)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (shell.stdin.take().unwrap(), shell.stdout.take().unwrap());
        let mut terminal = Self {
            folder,
            ports,
            _reserved: reserved,
            shell,
            stdin,
            stdout: BufReader::new(stdout),
            servers: Vec::new(),
        };
        terminal.run("exec 2>&1");
        terminal
    }

    /// Runs a block. The variables that it sets stay, unless it fails.
    pub(super) fn run(&mut self, block: &str) -> Ended {
        let block = self.with_ports(block);
        // The block is a function of the shell, so that its variables stay. A trap leaves it at the
        // first command that fails.
        let body = format!(
            "run_block() {{\n{block}\n}}\nset -E -o pipefail\ntrap 'code=$?; trap - ERR; return $code' ERR\n\
             run_block </dev/null\ncode=$?\ntrap - ERR\necho\necho \"{END} $code\"\n"
        );
        self.stdin.write_all(body.as_bytes()).unwrap();
        self.stdin.flush().unwrap();
        let mut output = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.stdout.read_line(&mut line).unwrap() > 0,
                "the shell has ended: {output}"
            );
            if let Some(code) = line.strip_prefix(END) {
                let code = code.trim().parse().unwrap();
                return Ended { code, output };
            }
            output.push_str(&line);
        }
    }

    /// Starts a server in another terminal, and waits for its first line.
    pub(super) fn serve(&mut self, block: &str) {
        let block = self.with_ports(block);
        let mut server = command(self.folder.path(), self.ports)
            .arg("-c")
            .arg(format!("exec {block}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{block}: it has ended");
        // Further output is read, so that the server is never blocked by it.
        std::thread::spawn(move || stdout.lines().for_each(drop));
        self.servers.push(server);
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Replaces the ports of the page with free ones, since tests run at the same time.
    fn with_ports(&self, text: &str) -> String {
        PORTS
            .iter()
            .zip(self.ports)
            .fold(text.to_owned(), |text, (port, free)| {
                text.replace(&format!(":{port}"), &format!(":{free}"))
            })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for process in self.servers.iter_mut().chain([&mut self.shell]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn command(folder: &Path, ports: [u16; 4]) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command
        .args(["--norc", "--noprofile"])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", folder.join(".bin").display()))
        .env("PORT", ports[2].to_string())
        .env("XDG_RUNTIME_DIR", RUNTIME_FOLDER)
        .env("TERM", "dumb");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AIR_") && !PROGRAMS.contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
    command
}

/// `air` with the free ports in place of its defaults, and `cargo` that runs `air` or an example of
/// the workspace in this folder.
fn shims(folder: &Path, clone: &Path, [platform, sdk, _, keys]: [u16; 4]) {
    let air = binary().display();
    let examples = binary().with_file_name("examples");
    shim(
        folder,
        "air",
        &format!(
            r#"url="--url http://127.0.0.1:{platform}"
case "$1 $2" in
  "sandbox up")
    words=()
    listen=(--listen 127.0.0.1:{platform})
    for word in "$@"; do
      if [ "$word" = --airkit ]; then word="--airkit=127.0.0.1:{sdk}"; fi
      if [ "$word" = --listen ]; then listen=(); fi
      words+=("$word")
    done
    exec "{air}" "${{words[@]}}" "${{listen[@]}}" ;;
  "sandbox backup"|"sandbox restore"|"sandbox export-user"|"sandbox erase-user") exec "{air}" "$@" ;;
  "sandbox "*|"init --from-sandbox") exec "{air}" "$@" $url ;;
  "jwks serve") exec "{air}" "$@" --listen 127.0.0.1:{keys} ;;
  *) exec "{air}" "$@" ;;
esac"#
        ),
    );
    shim(
        folder,
        "cargo",
        &format!(
            r#"if [ "$1 $2 $3" = "run --release --" ]; then exec "{air}" "${{@:4}}"; fi
for example; do :; done
if [ -x "{examples}/$example" ]; then exec "{examples}/$example"; fi
exec "{cargo}" "$1" --manifest-path "{manifest}" "${{@:2}}""#,
            examples = examples.display(),
            cargo = env!("CARGO"),
            manifest = clone.join("Cargo.toml").display(),
        ),
    );
}

fn shim(folder: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join(".bin").join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, format!("#!/usr/bin/env bash\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() {
            if name != "node_modules" {
                copy(&path, &to.join(name));
            }
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

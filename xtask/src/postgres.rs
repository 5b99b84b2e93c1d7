//! Runs the platform's, the client's and the issuer's tests on PostgreSQL, including those for several platforms
//! on one database. Installs Debian's server if needed and possible, and runs it in
//! `target/postgres` during the tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    build::{test_programs, threads},
    shell::{Outcome, Shell, apt_install, is_root, program, root, say},
};

/// A port that is probably free.
const PORT: &str = "54329";
const VERSION: &str = "15";
/// A role of the test server, which trusts local connections.
const ROLE: &str = "air";

/// `cargo xtask postgres`.
pub(crate) fn run() -> Outcome {
    with_test_server(test)
}

/// Does `work` with the server that `AIR_TEST_DATABASE` names, or with one of its own.
pub(crate) fn with_test_server(work: impl FnOnce(&str) -> Outcome) -> Outcome {
    if let Ok(url) = std::env::var("AIR_TEST_DATABASE") {
        return work(&url);
    }
    with_server(Durability::None, work)?.unwrap_or(Ok(()))
}

/// Whether commits survive a power loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    None,
}

/// Does `work` with a PostgreSQL server of its own; returns `None` when no server is available.
pub(crate) fn with_server<T>(durability: Durability, work: impl FnOnce(&str) -> T) -> Outcome<Option<T>> {
    let Some(programs) = installed() else {
        say("  skipped: PostgreSQL's server is not installed (apt-get install postgresql)");
        return Ok(None);
    };
    let server = Server::start(&programs, durability)?;
    let done = work(&format!("postgres://{ROLE}@127.0.0.1:{PORT}/postgres"));
    server.stop()?;
    Ok(Some(done))
}

/// Runs the platform's tests, which work on every database, and the ignored tests whose names say
/// that they need PostgreSQL. Other ignored tests need other programs, which may not be there.
fn test(url: &str) -> Outcome {
    let needs_postgres = ["--ignored", "postgres"];
    let run = |test: &Path, filter: &[&str]| {
        program(test)
            .args(["--quiet"])
            .args(filter)
            .env("RUST_TEST_THREADS", threads().to_string())
            .env("AIR_TEST_DATABASE", url)
            .run()
    };
    for test in test_programs("air-sandbox")? {
        run(&test, &[])?;
        run(&test, &needs_postgres)?;
    }
    for test in test_programs("air-issuer")? {
        run(&test, &[])?;
        run(&test, &needs_postgres)?;
    }
    for package in ["air-cli", "air-client"] {
        for test in test_programs(package)? {
            run(&test, &needs_postgres)?;
        }
    }
    Ok(())
}

/// Whether the server is installed, or could be.
pub(crate) fn is_available() -> bool {
    installed().is_some()
}

/// The folder of the server's programs; installs them if apt is available and this process is root.
fn installed() -> Option<PathBuf> {
    find().or_else(|| {
        apt_install(&[&format!("postgresql-{VERSION}")]);
        find()
    })
}

fn find() -> Option<PathBuf> {
    let debian = PathBuf::from(format!("/usr/lib/postgresql/{VERSION}/bin"));
    if debian.join("initdb").exists() {
        return Some(debian);
    }
    let folder = program("pg_config").args(["--bindir"]).read()?;
    Some(PathBuf::from(folder.trim())).filter(|folder| folder.join("initdb").exists())
}

/// A server for the tests. PostgreSQL does not run as root, so for root it runs as the user postgres.
struct Server {
    programs: PathBuf,
    /// The data folder: outside the workspace if another user runs the server, who may lack access to it.
    folder: PathBuf,
    as_postgres: bool,
}

impl Server {
    fn start(programs: &Path, durability: Durability) -> Outcome<Self> {
        let as_postgres = is_root();
        let folder = if as_postgres {
            std::env::temp_dir().join(format!("air-postgres-{}", std::process::id()))
        } else {
            root().join("target/postgres")
        };
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let server = Self {
            programs: programs.to_owned(),
            folder,
            as_postgres,
        };
        let path = server.folder.display().to_string();
        if as_postgres {
            program("chown").args(["postgres", &path]).run()?;
        }
        let data = server.data();
        server
            .command(
                "initdb",
                &[
                    "--pgdata",
                    &data,
                    "--username",
                    ROLE,
                    "--auth",
                    "trust",
                    "--encoding",
                    "UTF8",
                ],
            )
            .args(["--no-locale", "--no-sync"])
            .read()
            .ok_or("initdb failed")?;
        let fsync = if durability == Durability::Full {
            "on"
        } else {
            "off"
        };
        let options = format!(
            "-p {PORT} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400 -c fsync={fsync}"
        );
        let log = server.folder.join("log").display().to_string();
        server
            .command(
                "pg_ctl",
                &[
                    "start",
                    "--wait",
                    "--pgdata",
                    &data,
                    "--log",
                    &log,
                    "--options",
                    &options,
                ],
            )
            .run()?;
        Ok(server)
    }

    fn stop(&self) -> Outcome {
        let data = self.data();
        let stopped = self
            .command("pg_ctl", &["stop", "--mode", "fast", "--wait", "--pgdata", &data])
            .run();
        let _ = fs::remove_dir_all(&self.folder);
        stopped
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Shell {
        let path = self.programs.join(name).display().to_string();
        if self.as_postgres {
            program("runuser")
                .args(["-u", "postgres", "--", &path])
                .args(arguments)
        } else {
            program(&path).args(arguments)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "#[ignore = \"needs PostgreSQL\"]";
    /// The packages whose ignored tests [`test`] runs.
    const PACKAGES: [&str; 4] = [
        "crates/air-cli/",
        "crates/air-client/",
        "crates/air-issuer/",
        "crates/air-sandbox/",
    ];

    /// Whether a test is run, by its file and its name.
    fn is_run(file: &str, name: &str) -> bool {
        PACKAGES.iter().any(|package| file.starts_with(package))
            && (file.contains("postgres") || name.contains("postgres"))
    }

    #[test]
    fn each_ignored_test_that_needs_postgresql_is_run() {
        let files = program("git").args(["ls-files", "crates/*.rs"]).read().unwrap();
        let mut tests = 0;
        for file in files.lines() {
            let text = fs::read_to_string(root().join(file)).unwrap();
            for after in text.split(MARK).skip(1) {
                let (_, rest) = after.split_once("fn ").unwrap();
                let (name, _) = rest.split_once('(').unwrap();
                assert!(is_run(file, name), "{file}: {name} does not name PostgreSQL");
                tests += 1;
            }
        }
        assert!(tests > 10, "{tests}");
        assert!(!is_run(
            "crates/air-sandbox/tests/user_data.rs",
            "after_an_erasure"
        ));
    }
}

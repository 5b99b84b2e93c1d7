//! Tests the deployment of the issuer's own service: its systemd unit, and the example with two instances behind
//! nginx on one PostgreSQL database, under load.

#[cfg(test)]
mod image;

use std::{fs, path::Path, process::Command};

use crate::{
    build::{target, test_programs},
    dist,
    platform::{binary, write},
    postgres,
    shell::{Outcome, apt_install, program, root, say},
};

/// The service, its example, and its packages. The suite runs when one of them changed.
pub(crate) const SOURCES: [&str; 9] = [
    "crates/air-cli/src/issuer_service",
    "crates/air-cli/src/issuer_service.rs",
    "crates/air-cli/tests/behind_nginx",
    "crates/air-cli/tests/behind_nginx.rs",
    "crates/air-issuer/migrations",
    "crates/air-issuer/src",
    "examples/issuer-behind-nginx",
    "packaging",
    "xtask/src/issuer_deploy.rs",
];

const UNIT: &str = "packaging/air-issuer.service";
/// The module of the tests, which other suites ignore.
const TESTS: &str = "behind_nginx";

/// `cargo xtask issuer-deploy`. The database is on the server that `AIR_TEST_DATABASE` names, or on one of its own.
pub(crate) fn run() -> Outcome {
    let tests = test_programs("air-cli")?;
    dist::rate_units()?;
    verify_unit()?;
    if !has_nginx() {
        say("  skipped: nginx is not installed (apt-get install nginx)");
        return Ok(());
    }
    postgres::with_test_server(|url| {
        tests.iter().try_for_each(|test| {
            program(test)
                .args(["--quiet", "--ignored", TESTS])
                .env("AIR_TEST_DATABASE", url)
                .run()
        })
    })
}

/// Checks the unit with systemd's parser. The `air` of the tests takes the place of the installed one.
fn verify_unit() -> Outcome {
    if program("systemd-analyze").args(["--version"]).read().is_none() {
        say("  skipped: systemd is not installed");
        return Ok(());
    }
    let unit = fs::read_to_string(root().join(UNIT)).map_err(|error| format!("{UNIT}: {error}"))?;
    let unit = unit.replace("/usr/bin/air ", &format!("{} ", binary().display()));
    let folder = target().join("issuer-deploy");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let path = folder.join("air-issuer.service");
    write(&path, &unit)?;
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&path)
        .output()
        .map_err(|error| format!("failed to run `systemd-analyze verify`: {error}"))?;
    let messages = String::from_utf8_lossy(&verified.stderr);
    // An unknown directive is a message and no failure. Other units of the machine may have messages, too.
    if verified.status.success() && !messages.contains("air-issuer.service") {
        return Ok(());
    }
    Err(format!("{UNIT}: {messages}"))
}

/// Whether nginx is installed, or could be.
fn has_nginx() -> bool {
    let is_there = || Path::new("/usr/sbin/nginx").exists() || program("nginx").args(["-v"]).read().is_some();
    if !is_there() {
        apt_install(&["nginx"]);
    }
    is_there()
}

//! Starts the package's services in a booted Debian, with all of their confinement, and issues a
//! credential through each.

use std::fs;

use super::chroot::{Chroot, ROOT};
use crate::{
    platform::{seed, write},
    shell::{Outcome, apt_install, program, say},
};

const SCRIPT: &str = include_str!("service.sh");
const ISSUER_SCRIPT: &str = include_str!("issuer.sh");
/// The schema of the seed, as the issuer's service reads it.
const SCHEMA: &str =
    r#"{"title":"Proof of age","attributes":[{"name":"isOver18","type":"boolean","required":true}]}"#;
/// Where the script serves the partner's keys, in a network of the container's own.
const JWKS: &str = "http://127.0.0.1:8311/jwks.json";
/// Runs the script, and ends the container with its outcome.
const UNIT: &str = "\
[Unit]
SuccessAction=exit
FailureAction=exit
FailureActionExitStatus=1

[Service]
Type=oneshot
ExecStart=/bin/sh /root/service.sh
StandardOutput=file:/root/service.log
StandardError=inherit
TimeoutStartSec=240
";
const NSPAWN: &str = "systemd-nspawn";

/// Boots the Debian in a container, where the package is installed.
pub(super) fn run(chroot: &Chroot) -> Outcome {
    if program(NSPAWN).args(["--version"]).read().is_none() {
        apt_install(&["systemd-container"]);
    }
    if program(NSPAWN).args(["--version"]).read().is_none() {
        say(
            "  skipped: the services, since systemd-nspawn is not installed (apt-get install systemd-container)",
        );
        return Ok(());
    }
    let install = [
        "apt-get",
        "install",
        "--yes",
        "-qq",
        "--no-install-recommends",
        "systemd",
        "dbus",
    ];
    chroot.run(ROOT, &install)?;
    for (name, text) in [
        ("root/service.sh", SCRIPT),
        ("root/issuer.sh", ISSUER_SCRIPT),
        ("root/age.json", SCHEMA),
        ("root/seed.json", &seed(JWKS).to_string()),
        ("root/subject.json", r#"{"isOver18":true}"#),
        ("etc/systemd/system/air-check.service", UNIT),
    ] {
        write(&chroot.folder.join(name), text)?;
    }
    let booted = program(NSPAWN)
        .args(["--quiet", "--register=no", "--keep-unit", "--private-network"])
        .args(["--console=pipe", "--boot", "--directory"])
        .args([&chroot.folder])
        .args(["systemd.wants=air-check.service"])
        .run();
    let log = fs::read_to_string(chroot.folder.join("root/service.log")).unwrap_or_default();
    say(log.trim_end());
    booted.map_err(|error| format!("the services failed in the container: {error}"))
}

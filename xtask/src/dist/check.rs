//! `cargo xtask dist --check`: tests of the package by Debian's tools, and of the installed package
//! in a new Debian.

use std::{fs, path::Path};

use super::{
    chroot::{Chroot, ROOT, User},
    service,
};
use crate::{
    platform::{Server, seed, text, write},
    shell::{Outcome, apt_install, is_root, program, say},
};

const UNITS: [&str; 2] = ["packaging/air-sandbox.service", "packaging/air-issuer.service"];
/// The highest exposure of a service, in tenths, as `systemd-analyze security` computes it (0 to 10).
const EXPOSURE: &str = "20";
/// A user without rights.
const USER: User = User {
    id: 4711,
    home: "/home/ada",
};
const PACKAGE: &str = "air.deb";

pub(super) fn run(package: &Path, folder: &Path) -> Outcome {
    pages(&folder.join("man"))?;
    rate_units()?;
    lint(package)?;
    if !is_root() {
        say("  skipped: the installation in a new Debian, since debootstrap and chroot need root");
        return Ok(());
    }
    if let Some(chroot) = Chroot::new(&folder.join("chroot"))? {
        installation(&chroot, package)
    } else {
        say("  skipped: debootstrap is not installed (apt-get install debootstrap)");
        Ok(())
    }
}

/// Renders each page, without a warning.
fn pages(folder: &Path) -> Outcome {
    if program("groff").args(["--version"]).read().is_none() {
        apt_install(&["groff-base"]);
    }
    if program("groff").args(["--version"]).read().is_none() {
        say("  skipped: groff is not installed (apt-get install groff-base)");
        return Ok(());
    }
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut count = 0;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let output = std::process::Command::new("groff")
            .args(["-man", "-ww", "-Kutf8", "-Tutf8", "-z"])
            .arg(&path)
            .output()
            .map_err(|error| format!("failed to run groff: {error}"))?;
        if !output.status.success() || !output.stderr.is_empty() {
            return Err(format!(
                "{}: {}",
                path.display(),
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        count += 1;
    }
    say(&format!("  groff renders {count} manual pages without a warning"));
    Ok(())
}

/// Rates the hardening of the services.
pub(crate) fn rate_units() -> Outcome {
    if program("systemd-analyze").args(["--version"]).read().is_none() {
        say("  skipped: systemd is not installed");
        return Ok(());
    }
    for unit in UNITS {
        let rated = program("systemd-analyze")
            .args(["security", "--no-pager", "--offline=true"])
            .args([&format!("--threshold={EXPOSURE}"), unit])
            .read()
            .ok_or_else(|| {
                format!("{unit}: `systemd-analyze security` rates its exposure above the threshold")
            })?;
        say(&format!("  {}", rated.lines().last().unwrap_or_default()));
    }
    Ok(())
}

/// Debian's checks of packages.
fn lint(package: &Path) -> Outcome {
    if program("lintian").args(["--version"]).read().is_none() {
        apt_install(&["lintian"]);
    }
    if program("lintian").args(["--version"]).read().is_none() {
        say("  skipped: lintian is not installed (apt-get install lintian)");
        return Ok(());
    }
    let options: &[&str] = if is_root() { &["--allow-root"] } else { &[] };
    program("lintian")
        .args(options)
        .args(["--fail-on", "error,warning"])
        .args([package])
        .run()
}

/// Installs the package, runs the quickstart, issues a credential through a platform, and removes
/// the package.
fn installation(chroot: &Chroot, package: &Path) -> Outcome {
    let inside = chroot.folder.join(PACKAGE);
    fs::copy(package, &inside).map_err(|error| format!("{}: {error}", inside.display()))?;
    chroot.run(ROOT, &["dpkg", "--install", &format!("/{PACKAGE}")])?;
    chroot.run(ROOT, &["dpkg", "--verify", "air"])?;
    let id = USER.id.to_string();
    chroot.run(
        ROOT,
        &[
            "useradd",
            "--create-home",
            "--home-dir",
            USER.home,
            "--uid",
            &id,
            "ada",
        ],
    )?;
    say(&chroot.run(USER, &["air", "--version"])?);
    say(&chroot.run(USER, &["air", "quickstart", "--agree"])?);
    issue(chroot)?;
    service::run(chroot)?;
    chroot.run(ROOT, &["dpkg", "--purge", "air"])?;
    for left in [
        "usr/bin/air",
        "etc/default/air-issuer",
        "etc/default/air-sandbox",
        "usr/share/doc/air",
        "var/lib/private/air",
    ] {
        if chroot.folder.join(left).exists() {
            return Err(format!("/{left} remains after a purge"));
        }
    }
    say("  the package installs, issues an anchored credential, and leaves nothing after a purge");
    Ok(())
}

/// Issues a credential to a user through a platform with data, and waits until it is anchored.
fn issue(chroot: &Chroot) -> Outcome {
    let air = |arguments: &[&str]| chroot.run(USER, &[&["air"], arguments].concat());
    let server = |arguments: &[&str]| {
        let line = format!("air {}", arguments.join(" "));
        Server::spawn(chroot.command(USER, &[&["air"], arguments].concat()), &line)
    };
    air(&["keys", "generate", "--out", "key.pem"])?;
    let jwks = server(&["jwks", "serve", "--key", "key.pem", "--listen", "127.0.0.1:0"])?;
    let home = chroot.folder.join(USER.home.trim_start_matches('/'));
    write(
        &home.join("seed.json"),
        &seed(text(&jwks.ready, "/url")?).to_string(),
    )?;
    write(&home.join("subject.json"), r#"{"isOver18":true}"#)?;
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--seed",
        "seed.json",
    ];
    let platform = server(&up)?;
    let ready = &platform.ready;
    let partner = [
        "--json",
        "--url",
        text(ready, "/url")?,
        "--key",
        "key.pem",
        "--partner-id",
        text(ready, "/seeded/partnerId")?,
    ];
    // The route of the Dockerfile's health check.
    say(&air(&["sandbox", "clock", "--url", text(ready, "/url")?])?);
    let order = [
        "--issuer",
        text(ready, "/seeded/issuerDid")?,
        "--program",
        text(ready, "/seeded/programs/age")?,
        "--on-behalf",
        "ada@example.com",
        "subject.json",
    ];
    let issued = air(&[&["issue"], &partner[..], &order].concat())?;
    say(&issued);
    let issued = serde_json::from_str(&issued).map_err(|error| error.to_string())?;
    let hash = text(&issued, "/coreClaimHash")?;
    let status = air(&[&["status"], &partner[..], &["--wait", "--proof", hash]].concat())?;
    say(&status);
    let status = serde_json::from_str(&status).map_err(|error| error.to_string())?;
    match text(&status, "/vcStatus")? {
        "ONCHAIN" => Ok(()),
        other => Err(format!("the credential is {other}, not ONCHAIN")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::root;

    fn packaged(name: &str) -> String {
        fs::read_to_string(root().join("packaging").join(name)).unwrap()
    }

    #[test]
    fn the_services_are_confined() {
        let sandbox = ["DynamicUser=yes", "StandardOutput=null"];
        let issuer = ["User=air-issuer", "LoadCredential=secret:/etc/air-issuer/secrets"];
        for (name, own) in [("air-sandbox.service", sandbox), ("air-issuer.service", issuer)] {
            let unit = packaged(name);
            let directives = [
                "Type=notify",
                "StateDirectoryMode=0700",
                "UMask=0077",
                "CapabilityBoundingSet=",
                "NoNewPrivileges=yes",
                "ProtectSystem=strict",
                "MemoryDenyWriteExecute=yes",
                "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
                "SystemCallFilter=@system-service",
                "SystemCallFilter=~@privileged @resources",
            ];
            for directive in directives.iter().chain(&own) {
                assert!(unit.lines().any(|line| line == *directive), "{name}: {directive}");
            }
        }
    }

    #[test]
    fn the_settings_have_each_variable_that_the_services_use() {
        for (service, variables) in [("air-sandbox", 3), ("air-issuer", 1)] {
            let unit = packaged(&format!("{service}.service"));
            let settings = packaged(&format!("{service}.default"));
            let command = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
            let used: Vec<&str> = command
                .split(' ')
                .filter_map(|word| Some(word.strip_prefix('$')?.trim_matches(['{', '}'])))
                .collect();
            assert_eq!(used.len(), variables, "{command}");
            for name in used {
                let is_set = settings.lines().any(|line| line.starts_with(&format!("{name}=")));
                assert!(is_set, "{service}: {name}");
            }
        }
    }

    /// systemd names the copy of a file of `LoadCredential` by the id, `_` and the name of the file.
    #[test]
    fn the_issuer_reads_its_secrets_where_the_service_has_them() {
        let (settings, example) = (packaged("air-issuer.default"), packaged("issuer.toml"));
        let folder = "/run/credentials/air-issuer.service/";
        let named: Vec<&str> = settings
            .split(folder)
            .skip(1)
            .chain(example.split(folder).skip(1))
            .collect();
        assert_eq!(named.len(), 9, "{named:?}");
        for rest in named {
            assert!(rest.starts_with("secret_"), "{rest}");
        }
        for name in ["API_KEY_FILE", "ADMIN_API_KEY_FILE"] {
            let is_set = settings
                .lines()
                .any(|line| line.starts_with(&format!("{name}={folder}")));
            assert!(is_set, "{name}");
        }
    }

    #[test]
    fn a_purge_keeps_the_keys_and_the_records_of_an_issuer() {
        let script = packaged("debian/postrm");
        let deleted: Vec<&str> = script.lines().filter(|line| line.contains("rm -")).collect();
        assert_eq!(deleted.len(), 3, "{deleted:?}");
        for line in deleted {
            assert!(
                !line.contains("/etc/air-issuer") && !line.contains("/var/lib/air-issuer"),
                "{line}"
            );
        }
    }

    #[test]
    fn the_copyright_file_has_the_text_of_the_mit_licence() {
        let words = |text: &str| -> Vec<String> {
            text.split_whitespace()
                .filter(|word| *word != ".")
                .map(str::to_owned)
                .collect()
        };
        let copyright = words(&packaged("debian/copyright"));
        let licence = fs::read_to_string(root().join("LICENSE-MIT")).unwrap();
        let (_, terms) = licence.split_once("The air authors").unwrap();
        let terms = words(terms);
        assert!(copyright.windows(terms.len()).any(|found| found == terms));
    }
}

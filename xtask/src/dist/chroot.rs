//! A minimal Debian in a folder, of the version and from the mirror of this machine, made by `debootstrap`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::files;
use crate::shell::{Outcome, apt_install, program, say};

/// Mounts /proc, changes the root and runs the command. The mount is in a namespace of this
/// process, and disappears with it.
const ENTER: &str =
    r#"mount -t proc proc "$0/proc" && user=$1 && shift && exec chroot --userspec="$user" "$0" "$@""#;

pub(super) struct Chroot {
    pub(super) folder: PathBuf,
}

/// A user in the chroot.
#[derive(Clone, Copy)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) home: &'static str,
}

pub(super) const ROOT: User = User { id: 0, home: "/root" };

impl Chroot {
    /// Makes the chroot, which takes one to two minutes. `None` if debootstrap is missing.
    pub(super) fn new(folder: &Path) -> Outcome<Option<Self>> {
        if program("debootstrap").args(["--version"]).read().is_none() {
            apt_install(&["debootstrap"]);
        }
        if program("debootstrap").args(["--version"]).read().is_none() {
            return Ok(None);
        }
        files::remove(folder)?;
        let (suite, mirror) = source()?;
        // The address of the mirror stays out of the output, since it is a fact about this machine.
        say(&format!("  $ debootstrap --variant=minbase {suite}"));
        program("debootstrap")
            .args(["--variant=minbase", &suite])
            .args([folder])
            .args([mirror])
            .read()
            .ok_or_else(|| {
                format!(
                    "debootstrap failed; see {}",
                    folder.join("debootstrap/debootstrap.log").display()
                )
            })?;
        Ok(Some(Self {
            folder: folder.to_owned(),
        }))
    }

    /// A command in the chroot, in the user's home, with an environment of its own.
    pub(super) fn command(&self, user: User, arguments: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c", ENTER])
            .arg(&self.folder)
            .arg(format!("{0}:{0}", user.id))
            .args(["env", "--ignore-environment", "--chdir", user.home])
            .args([
                &format!("HOME={}", user.home),
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL=C.UTF-8",
            ])
            .args(arguments);
        command
    }

    /// Prints a command, runs it, and returns its output. A failure has what the command printed.
    pub(super) fn run(&self, user: User, arguments: &[&str]) -> Outcome<String> {
        let line = arguments.join(" ");
        let sign = if user.id == 0 { '#' } else { '$' };
        say(&format!("  {sign} {line}"));
        let output = self
            .command(user, arguments)
            .output()
            .map_err(|error| format!("failed to run `unshare`: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() {
            return Ok(text);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "`{line}` failed with {}\n{text}\n{errors}",
            output.status
        ))
    }
}

/// The release of Debian that this machine has, and the mirror from which apt gets its packages.
fn source() -> Outcome<(String, String)> {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let suite = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .ok_or("/etc/os-release has no VERSION_CODENAME")?;
    let indexes = program("apt-get")
        .args([
            "indextargets",
            "--format",
            "$(RELEASE) $(REPO_URI)",
            "Created-By: Packages",
        ])
        .read()
        .ok_or("`apt-get indextargets` failed")?;
    let mirror = mirror(&indexes, suite).ok_or_else(|| format!("apt has no mirror of {suite}"))?;
    Ok((suite.to_owned(), mirror))
}

/// The first mirror of a release in lines of "release address".
fn mirror(indexes: &str, suite: &str) -> Option<String> {
    indexes
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(release, mirror)| (release == suite).then(|| mirror.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_the_one_of_the_release_itself() {
        let indexes = "nodistro http://one.invalid/\nbookworm-updates http://two.invalid/\nbookworm http://three.invalid/\n";
        assert_eq!(
            mirror(indexes, "bookworm").as_deref(),
            Some("http://three.invalid/")
        );
        assert_eq!(mirror(indexes, "trixie"), None);
    }
}

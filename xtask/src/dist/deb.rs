//! The Debian package: its control files, and `dpkg-deb`, which packs it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    Release,
    files::{self, File, read},
};
use crate::shell::{Outcome, apt_install, program};

/// A package needs a maintainer with an address. The project has none; `.invalid` is a name that
/// never exists (RFC 2606).
const MAINTAINER: &str = "The air authors <nobody@air.invalid>";

const DESCRIPTION: &str = "\
credentials on the AIR platform, from the command line
 Issues, anchors, seals and verifies credentials: schemas, Partner JWTs,
 SD-JWT VC, and the Compliance Access Key. `air quickstart` shows the whole
 process on this machine, offline.
 .
 The package has two systemd services: air-sandbox runs a local platform with
 the API of the hosted one, and air-issuer the service of an issuer, for
 production. Both are disabled after the installation.
";

/// Writes `air_VERSION_ARCHITECTURE.deb`.
pub(super) fn write(release: &Release, contents: &[File], binary: &Path) -> Outcome<PathBuf> {
    let architecture = program("dpkg")
        .args(["--print-architecture"])
        .read()
        .ok_or("`dpkg --print-architecture` failed")?;
    let version = version(&release.version);
    let control = control(
        &version,
        &architecture,
        &libraries(release, binary)?,
        installed_size(contents),
    );
    let root = release.folder.join("deb");
    files::write(&root, contents)?;
    let mut files = vec![
        File::new("control", control),
        File::new("conffiles", conffiles(contents)),
        File::new("md5sums", md5sums(&root, contents)?),
    ];
    for script in ["postinst", "prerm", "postrm"] {
        files.push(File::program(
            script,
            read(&format!("packaging/debian/{script}"))?,
        ));
    }
    files::write(&root.join("DEBIAN"), &files)?;
    let package = release.folder.join(format!("air_{version}_{architecture}.deb"));
    program("dpkg-deb")
        // dpkg-deb sorts the files and sets times after this one to it. Threads would change where
        // xz starts a new block.
        .env("SOURCE_DATE_EPOCH", &release.epoch)
        .env("DPKG_DEB_THREADS_MAX", "1")
        .args(["--root-owner-group", "-Zxz", "--build"])
        .args([&root, &package])
        .run()?;
    files::remove(&root)?;
    Ok(package)
}

/// Debian's changelog of the release.
pub(super) fn changelog(release: &Release) -> Outcome<String> {
    Ok(format!(
        "air ({}) unstable; urgency=medium\n\n  * CHANGELOG.md.gz lists the changes.\n\n -- {MAINTAINER}  {}\n",
        version(&release.version),
        release.date("+%a, %d %b %Y %H:%M:%S +0000")?
    ))
}

/// The version as Debian orders it: `0.2.0~rc.1` is older than `0.2.0`.
fn version(cargo: &str) -> String {
    cargo.replace('-', "~")
}

fn control(version: &str, architecture: &str, libraries: &str, installed_size: u64) -> String {
    format!(
        "Package: air\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\n\
         Installed-Size: {installed_size}\nDepends: {libraries}\nRecommends: ca-certificates\nSuggests: postgresql\n\
         Section: utils\nPriority: optional\nDescription: {DESCRIPTION}"
    )
}

/// The packages of the shared libraries that the binary loads, with the versions of the symbols that it uses.
fn libraries(release: &Release, binary: &Path) -> Outcome<String> {
    if program("dpkg-shlibdeps").args(["--version"]).read().is_none() {
        apt_install(&["dpkg-dev"]);
    }
    // The program reads the name of a source package, which we don't have, from this file.
    let folder = release.folder.join("shlibdeps");
    let source = "Source: air\n\nPackage: air\nArchitecture: any\n";
    files::write(&folder, &[File::new("debian/control", source)])?;
    let found = program("dpkg-shlibdeps")
        .within(&folder)
        .args(["-O", "-e"])
        .args([binary])
        .read();
    files::remove(&folder)?;
    found
        .as_deref()
        .and_then(|line| line.strip_prefix("shlibs:Depends="))
        .map(str::to_owned)
        .ok_or_else(|| "dpkg-shlibdeps failed; `apt-get install dpkg-dev` installs it".into())
}

/// In KiB, as dpkg-gencontrol counts: each file rounded up, and one for each folder.
fn installed_size(contents: &[File]) -> u64 {
    let files: usize = contents.iter().map(|file| file.bytes.len().div_ceil(1024)).sum();
    let folders: BTreeSet<&Path> = contents
        .iter()
        .flat_map(|file| Path::new(&file.path).ancestors().skip(1))
        .collect();
    (files + folders.len()) as u64
}

/// The files that an upgrade does not replace if an administrator changed them: all below /etc.
fn conffiles(contents: &[File]) -> String {
    let paths = contents.iter().map(|file| file.path.as_str());
    let below_etc: Vec<&str> = paths.filter(|path| path.starts_with("etc/")).collect();
    format!("/{}\n", below_etc.join("\n/"))
}

/// The digests that `dpkg --verify` compares.
fn md5sums(root: &Path, contents: &[File]) -> Outcome<String> {
    let mut paths: Vec<&str> = contents
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| !path.starts_with("etc/"))
        .collect();
    paths.sort_unstable();
    let sums = program("md5sum").within(root).args(paths).read();
    sums.map(|sums| sums + "\n").ok_or_else(|| "md5sum failed".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_older_than_its_release() {
        assert_eq!(version("0.2.0"), "0.2.0");
        assert_eq!(version("0.2.0-rc.1"), "0.2.0~rc.1");
    }

    #[test]
    fn the_control_file_has_each_field_on_its_line() {
        let control = control("0.1.0", "amd64", "libc6 (>= 2.34)", 7);
        for line in [
            "Version: 0.1.0",
            "Architecture: amd64",
            "Depends: libc6 (>= 2.34)",
            "Installed-Size: 7",
        ] {
            assert!(control.lines().any(|found| found == line), "{line}: {control}");
        }
        let (_, description) = control.split_once("\nDescription: ").unwrap();
        assert!(
            description
                .lines()
                .skip(1)
                .all(|line| line.starts_with(' ') && line.len() <= 80),
            "{description}"
        );
    }

    #[test]
    fn only_files_below_etc_are_configuration() {
        let files = [
            File::new("usr/bin/air", [0; 1025]),
            File::new("etc/default/air-sandbox", ""),
        ];
        assert_eq!(conffiles(&files), "/etc/default/air-sandbox\n");
        // Two blocks, and the folders "", usr, usr/bin, etc, etc/default.
        assert_eq!(installed_size(&files), 7);
    }
}

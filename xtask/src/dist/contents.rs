//! The contents of a release: the binary, its output about itself, and texts of the repository.

use std::{fs, path::Path};

use super::{
    Release,
    files::{File, read, remove},
    notices,
};
use crate::shell::{Outcome, program};

/// Each shell, the name of its script, and the folder where Debian's package of the shell looks for it.
const SHELLS: [(&str, &str, &str); 3] = [
    ("bash", "air", "usr/share/bash-completion/completions"),
    ("zsh", "_air", "usr/share/zsh/vendor-completions"),
    ("fish", "air.fish", "usr/share/fish/vendor_completions.d"),
];

/// Texts of the repository that the Debian package installs, each with its path there.
const PACKAGED: [(&str, &str); 9] = [
    ("etc/default/air-issuer", "packaging/air-issuer.default"),
    ("etc/default/air-sandbox", "packaging/air-sandbox.default"),
    (
        "usr/lib/systemd/system/air-issuer.service",
        "packaging/air-issuer.service",
    ),
    (
        "usr/lib/systemd/system/air-sandbox.service",
        "packaging/air-sandbox.service",
    ),
    (
        "usr/lib/sysusers.d/air-issuer.conf",
        "packaging/air-issuer.sysusers",
    ),
    (
        "usr/lib/tmpfiles.d/air-issuer.conf",
        "packaging/air-issuer.tmpfiles",
    ),
    (
        "usr/share/doc/air/examples/issuer-nginx.conf",
        "examples/issuer-behind-nginx/nginx.conf",
    ),
    ("usr/share/doc/air/examples/issuer.toml", "packaging/issuer.toml"),
    ("usr/share/doc/air/copyright", "packaging/debian/copyright"),
];

/// The files that the build makes.
pub(super) struct Built {
    pub(super) binary: Vec<u8>,
    /// A script for each of the [`SHELLS`].
    completions: Vec<Vec<u8>>,
    /// The name and the text of each manual page.
    pages: Vec<(String, Vec<u8>)>,
    /// The licences of the crates in the binary.
    notices: String,
}

impl Built {
    /// Asks the binary for completions and manual pages, which also stay in the release's folder.
    pub(super) fn by(binary: &Path, release: &Release) -> Outcome<Self> {
        let completions = SHELLS
            .iter()
            .map(|(shell, name, _)| {
                let script = program(binary).args(["completions", shell]).read();
                let script = script.ok_or_else(|| format!("`air completions {shell}` failed"))? + "\n";
                let folder = release.folder.join("completions").join(shell);
                fs::create_dir_all(&folder)
                    .and_then(|()| fs::write(folder.join(name), &script))
                    .map_err(|error| format!("{}: {error}", folder.display()))?;
                Ok(script.into_bytes())
            })
            .collect::<Outcome<_>>()?;
        Ok(Self {
            binary: fs::read(binary).map_err(|error| format!("{}: {error}", binary.display()))?,
            completions,
            pages: pages(binary, release)?,
            notices: notices::of("air-cli", &release.target)?,
        })
    }
}

fn pages(binary: &Path, release: &Release) -> Outcome<Vec<(String, Vec<u8>)>> {
    let folder = release.folder.join("man");
    remove(&folder)?;
    program(binary)
        .args(["man", "--date", &release.date("+%Y-%m-%d")?, "--out"])
        .args([&folder])
        .read()
        .ok_or("`air man` failed")?;
    let failed = |error| format!("{}: {error}", folder.display());
    let mut pages = fs::read_dir(&folder)
        .map_err(failed)?
        .map(|entry| {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, fs::read(entry.path()).map_err(failed)?))
        })
        .collect::<Outcome<Vec<_>>>()?;
    pages.sort();
    Ok(pages)
}

/// The tarball's files.
pub(super) fn portable(built: &Built) -> Outcome<Vec<File>> {
    let mut files = vec![File::program("air", built.binary.clone())];
    for name in ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
        files.push(File::new(name, read(name)?));
    }
    files.push(File::new("THIRD-PARTY-LICENSES", built.notices.as_str()));
    for ((shell, name, _), script) in SHELLS.iter().zip(&built.completions) {
        files.push(File::new(
            format!("completions/{shell}/{name}"),
            script.as_slice(),
        ));
    }
    for (name, page) in &built.pages {
        files.push(File::new(format!("man/man1/{name}"), page.as_slice()));
    }
    Ok(files)
}

/// The files that the Debian package installs.
pub(super) fn debian(built: &Built, release: &Release) -> Outcome<Vec<File>> {
    let mut files = vec![
        File::program("usr/bin/air", built.binary.clone()),
        File::new("usr/share/doc/air/README.md", read("README.md")?).zipped()?,
        File::new("usr/share/doc/air/CHANGELOG.md", read("CHANGELOG.md")?).zipped()?,
        File::new("usr/share/doc/air/changelog", super::deb::changelog(release)?).zipped()?,
        File::new("usr/share/doc/air/THIRD-PARTY-LICENSES", built.notices.as_str()).zipped()?,
    ];
    for (path, source) in PACKAGED {
        files.push(File::new(path, read(source)?));
    }
    for ((_, name, folder), script) in SHELLS.iter().zip(&built.completions) {
        files.push(File::new(format!("{folder}/{name}"), script.as_slice()));
    }
    for (name, page) in &built.pages {
        files.push(File::new(format!("usr/share/man/man1/{name}"), page.as_slice()).zipped()?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_packaged_text_exists() {
        for (path, source) in PACKAGED {
            assert!(read(source).is_ok(), "{path}: {source}");
        }
    }
}

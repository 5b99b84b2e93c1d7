//! Python tools, which pip installs into `target/`.

use std::fs;

use crate::shell::{program, root};

/// Whether the pinned packages of a requirements file are in a folder; pip installs them if one isn't.
pub(crate) fn is_installed(requirements: &str, folder: &str) -> bool {
    let pinned = fs::read_to_string(root().join(requirements)).unwrap_or_default();
    let mut records = pinned.lines().map(|package| {
        format!(
            "{}.dist-info",
            package.trim().replace('-', "_").replace("==", "-")
        )
    });
    if records.all(|record| root().join(folder).join(record).is_dir()) {
        return true;
    }
    let has_pip = program("python3")
        .args(["-m", "pip", "--version"])
        .read()
        .is_some();
    has_pip
        && program("python3")
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--root-user-action=ignore", "--upgrade", "--target", folder])
            .args(["--requirement", requirements])
            .run()
            .is_ok()
}

//! The workspace of the unpacked packages, where each of them finds our other crates without a registry.

use std::{fmt::Write, fs, io, path::Path};

use cargo_metadata::{Metadata, Package};

use super::folder_name;
use crate::{
    build::{FEATURES, target},
    shell::{Outcome, cargo, root},
};

/// Writes the workspace's manifest, and the lock file of the repository.
pub(super) fn write(folder: &Path, crates: &[Package]) -> io::Result<()> {
    let repository = fs::read_to_string(root().join("Cargo.toml"))?;
    let folders: Vec<(String, String)> = crates
        .iter()
        .map(|package| (package.name.to_string(), folder_name(package)))
        .collect();
    fs::write(folder.join("Cargo.toml"), manifest(&folders, &repository))?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// Compiles every target of the packages, tests too, without running them. Shares the target folder
/// of the other jobs.
pub(super) fn check(unpacked: &Metadata) -> Outcome {
    let manifest = unpacked.workspace_root.join("Cargo.toml");
    cargo(["check", "--workspace", "--all-targets", FEATURES])
        .args(["--manifest-path", manifest.as_str(), "--target-dir"])
        .args([target()])
        .run()
}

/// A manifest with the packages as members and as replacements of crates.io's, and with the
/// repository's profiles, so that dependencies aren't compiled again.
fn manifest(packages: &[(String, String)], repository: &str) -> String {
    let members: Vec<String> = packages
        .iter()
        .map(|(_, folder)| format!("\"{folder}\""))
        .collect();
    let mut manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n",
        members.join(", ")
    );
    for (name, folder) in packages {
        let _ = writeln!(manifest, "{name} = {{ path = \"{folder}\" }}");
    }
    manifest + "\n" + &profiles(repository)
}

/// The tables of a manifest's profiles.
fn profiles(manifest: &str) -> String {
    let mut is_profile = false;
    manifest
        .split_inclusive('\n')
        .filter(|line| {
            if line.starts_with('[') {
                is_profile = line.starts_with("[profile.");
            }
            is_profile
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_members_replacements_and_profiles() {
        let packages = [("a".to_owned(), "a-0.1.0".to_owned())];
        let repository = "[workspace]\nmembers = [\"crates/*\"]\n\n[profile.dev]\ndebug = 1\n";
        assert_eq!(
            manifest(&packages, repository),
            "[workspace]\nresolver = \"3\"\nmembers = [\"a-0.1.0\"]\n\n[patch.crates-io]\n\
             a = { path = \"a-0.1.0\" }\n\n[profile.dev]\ndebug = 1\n"
        );
    }

    #[test]
    fn profiles_are_whole_tables() {
        let text = "[profile.a]\nb = [\n  1,\n]\n[profile.a.package]\nc = 1\n[lints]\nd = 1\n";
        assert_eq!(
            profiles(text),
            "[profile.a]\nb = [\n  1,\n]\n[profile.a.package]\nc = 1\n"
        );
    }
}

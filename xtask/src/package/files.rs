//! Finds the files that a package lacks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{Metadata, Package};

use super::includes::{Base, Include, includes};
use crate::shell::{Outcome, program, root};

/// The files that a crate's package lacks, each with the reason why it needs the file.
pub(super) fn missing(of: &Package, unpacked: &Metadata) -> Outcome<Vec<String>> {
    let package = unpacked
        .packages
        .iter()
        .find(|package| package.name == of.name)
        .ok_or_else(|| format!("{} was not packaged", of.name))?;
    let folder = folder(package);
    let mut missing = Vec::new();
    if !package.readme().is_some_and(|readme| readme.is_file()) {
        missing.push(format!("{} has no README", of.name));
    }
    for file in listed(&folder_of(of)?)? {
        if !folder.join(&file).exists() {
            missing.push(format!("{} lacks {} of its folder", of.name, file.display()));
        } else if file.extension().is_some_and(|extension| extension == "rs") {
            missing.extend(
                missing_includes(&folder, &file)?
                    .into_iter()
                    .map(|include| format!("{} lacks {include}", of.name)),
            );
        }
    }
    Ok(missing)
}

/// The files that a source of a package includes and that are not in the package.
fn missing_includes(package: &Path, file: &Path) -> Outcome<Vec<String>> {
    let source = package.join(file);
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", source.display());
    let text = fs::read_to_string(&source).map_err(|error| failed(&error))?;
    let includes = includes(&text).map_err(|error| failed(&error))?;
    Ok(includes
        .into_iter()
        .filter(|include| !is_inside(include, &source, package))
        .map(|Include { path, line, .. }| format!("{path}, which {}:{line} includes", file.display()))
        .collect())
}

fn folder(package: &Package) -> PathBuf {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// A crate's folder relative to the workspace's root.
fn folder_of(package: &Package) -> Outcome<String> {
    let folder = folder(package);
    let relative = folder.strip_prefix(root()).map_err(|error| error.to_string())?;
    Ok(relative.display().to_string())
}

/// The files below a folder that Git tracks, and those that it would track once they are added.
fn listed(folder: &str) -> Outcome<Vec<PathBuf>> {
    let listed = program("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            folder,
        ])
        .read()
        .ok_or("`git ls-files` failed")?;
    Ok(listed
        .lines()
        .filter(|path| root().join(path).exists()) // not those that are deleted and not yet committed
        .filter_map(|path| Some(path.strip_prefix(folder)?.trim_start_matches('/').into()))
        .collect())
}

/// Whether the included file, or the folder where the included files are, is in the package.
fn is_inside(include: &Include, source: &Path, package: &Path) -> bool {
    let base = match include.base {
        Base::Source => source.parent().unwrap_or(source),
        Base::Crate => package,
    };
    let target = base.join(include.path.trim_start_matches('/'));
    let Ok((target, package)) = target
        .canonicalize()
        .and_then(|target| Ok((target, package.canonicalize()?)))
    else {
        return false;
    };
    target.starts_with(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_this_crate(base: Base, path: &str) -> bool {
        let include = Include {
            base,
            path: path.to_owned(),
            line: 1,
        };
        let package = root().join("xtask");
        is_inside(&include, &package.join("src/main.rs"), &package)
    }

    #[test]
    fn an_include_must_be_inside_of_the_package() {
        assert!(in_this_crate(Base::Source, "../Cargo.toml"));
        assert!(in_this_crate(Base::Source, "package/"));
        assert!(!in_this_crate(Base::Source, "../../Cargo.toml"));
        assert!(!in_this_crate(Base::Source, "Cargo.toml"));
        assert!(in_this_crate(Base::Crate, "/Cargo.toml"));
        assert!(!in_this_crate(Base::Crate, "/../Cargo.toml"));
    }

    #[test]
    fn lists_the_files_of_a_folder_without_those_that_git_ignores() {
        let listed = listed("xtask").unwrap();
        assert!(listed.contains(&PathBuf::from("src/main.rs")), "{listed:?}");
        assert_eq!(super::listed("target").unwrap(), Vec::<PathBuf>::new());
    }
}

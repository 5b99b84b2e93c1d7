//! Checks that tools and packages that the tests fetch have one version each.

use std::fs;

use serde_json::Value;

use crate::shell::{Outcome, program, root};

/// The members of `package.json` with packages to install.
const DEPENDENCIES: [&str; 4] = [
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "overrides",
];
/// The folder of further requirements for pip.
const PYTHON: &str = "xtask/python/";
/// The start of a command that installs a tool in a source of `xtask`.
const CARGO_INSTALL: &str = "cargo([\"install\"";

pub(super) fn check() -> Outcome {
    let files = program("git")
        .args(["ls-files"])
        .read()
        .ok_or("`git ls-files` failed")?;
    let mut loose = Vec::new();
    let mut checked = 0;
    for file in files.lines() {
        let Some(find) = check_of(file) else {
            continue;
        };
        let text = fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
        let found = find(&text).map_err(|reason| format!("{file}: {reason}"))?;
        loose.extend(found.into_iter().map(|name| format!("{file}: {name}")));
        checked += 1;
    }
    if checked == 0 {
        return Err("git lists no file with versions".into());
    }
    if loose.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "these have no fixed version, or no hash in the lock file:\n  {}",
            loose.join("\n  ")
        ))
    }
}

/// Finds what has no fixed version in a text.
type Find = fn(&str) -> Outcome<Vec<String>>;

/// The check of a file, if it has versions.
fn check_of(file: &str) -> Option<Find> {
    let name = file.rsplit('/').next().unwrap_or(file);
    match name {
        "package.json" => Some(of_package),
        "package-lock.json" => Some(of_lock),
        "requirements.txt" => Some(|text| Ok(of_requirements(text))),
        _ if file.starts_with(PYTHON) => Some(|text| Ok(of_requirements(text))),
        _ if file.starts_with("xtask/src/") && name != "pins.rs" => Some(|text| Ok(of_source(text))),
        _ => None,
    }
}

/// Versions that may change, in `package.json`.
fn of_package(text: &str) -> Outcome<Vec<String>> {
    let package: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let lists = DEPENDENCIES.iter().filter_map(|list| package[list].as_object());
    let loose = lists
        .flatten()
        .filter(|(_, version)| !version.as_str().is_some_and(is_fixed));
    Ok(loose.map(|(name, version)| format!("{name} {version}")).collect())
}

/// Whether a version of npm is one version, or a file of the repository.
fn is_fixed(version: &str) -> bool {
    if version.starts_with("file:") {
        return true;
    }
    // `npm:NAME@VERSION` is a package under another name.
    let version = match version.strip_prefix("npm:") {
        Some(alias) => alias.rsplit('@').next().unwrap_or_default(),
        None => version,
    };
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number = |number: &&str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(is_number)
}

/// Packages without a hash, in `package-lock.json`.
fn of_lock(text: &str) -> Outcome<Vec<String>> {
    let lock: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let packages = lock["packages"].as_object().ok_or("no `packages`")?;
    let loose = packages.iter().filter(|(path, package)| {
        // A folder of the repository has no version.
        let is_fetched = path.contains("node_modules/") && package["version"].is_string();
        is_fetched && package["inBundle"] != true && !package["integrity"].is_string()
    });
    Ok(loose.map(|(path, _)| path.clone()).collect())
}

/// Requirements without `==`, or with something else after the version than hashes.
fn of_requirements(text: &str) -> Vec<String> {
    // Hashes are on lines of their own, which a backslash continues.
    let text = text.replace("\\\n", " ");
    let requirements = text.lines().map(str::trim);
    let loose = requirements
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|line| !is_pinned(line));
    loose.map(str::to_owned).collect()
}

fn is_pinned(requirement: &str) -> bool {
    let mut words = requirement.split_whitespace();
    let package = words.next().and_then(|package| package.split_once("=="));
    package.is_some_and(|(_, version)| is_one(version))
        && words.all(|word| word.starts_with("--hash=sha256:"))
}

fn is_one(version: &str) -> bool {
    version
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        && !version.is_empty()
}

/// Tools that are installed without a version.
fn of_source(text: &str) -> Vec<String> {
    // A command may be on several lines.
    let text: String = text.split_whitespace().collect();
    let commands = text.split(CARGO_INSTALL).skip(1);
    let loose = commands
        .filter_map(|rest| rest.split(']').next())
        .filter(|arguments| !arguments.contains("\"--version\""));
    loose
        .map(|arguments| format!("cargo install{arguments}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_may_change_are_found() {
        let package = r#"{
            "dependencies": { "a": "1.2.3", "b": "^1.2.3", "c": "npm:d@1.0.0", "e": "npm:d@latest", "f": "1.2.x", "g": "1.0.0-next.1" },
            "overrides": { "h": "file:none", "i": "1.0.0 - 2.0.0" }
        }"#;
        let found = of_package(package).unwrap();
        assert_eq!(
            found,
            [
                "b \"^1.2.3\"",
                "e \"npm:d@latest\"",
                "f \"1.2.x\"",
                "i \"1.0.0 - 2.0.0\""
            ]
        );

        let lock = r#"{ "packages": {
            "": {},
            "none": {},
            "node_modules/a": { "version": "1.2.3", "integrity": "sha512-AA==" },
            "node_modules/b": { "version": "1.2.3" },
            "node_modules/h": { "link": true }
        } }"#;
        assert_eq!(of_lock(lock).unwrap(), ["node_modules/b"]);

        let requirements = "# tools\na==1.2.3\nb[crypto]==2.0\nc>=1\nd\ne==1.*\n\
                            f==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n    # via a\ng==1.0 --pre\n--pre\n";
        assert_eq!(
            of_requirements(requirements),
            ["c>=1", "d", "e==1.*", "g==1.0 --pre", "--pre"]
        );

        let source =
            format!("{CARGO_INSTALL}, \"a\", \"--version\", V])\n{CARGO_INSTALL}, \"b\", \"--locked\"])");
        assert_eq!(of_source(&source), ["cargo install,\"b\",\"--locked\""]);
    }

    #[test]
    fn each_file_of_the_repository_has_fixed_versions() {
        check().unwrap();
    }
}

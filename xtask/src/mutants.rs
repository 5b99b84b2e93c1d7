//! `cargo xtask mutants`: changes the code that verifies, one place at a time, and runs the crate's
//! tests. A change that no test notices is a missing test.

use std::{fs, path::PathBuf};

use crate::shell::{Outcome, cargo, program, root};

const TOOLS: &str = "target/tools";
/// The version of cargo-mutants.
const VERSION: &str = "27.1.0";
/// The crates with a file in `.cargo/mutants.toml`. One runs after the other.
const CRATES: [&str; 7] = [
    "air-jwt",
    "air-vc",
    "air-ledger",
    "air-crypto",
    "air-x509",
    "air-mdoc",
    "air-oid4vc",
];

const USAGE: &str = "Usage: cargo xtask mutants [CRATE ..] [--file GLOB ..]";

/// What is mutated.
#[derive(Debug, Default, PartialEq, Eq)]
struct Selection {
    /// Defaults to [`CRATES`].
    crates: Vec<String>,
    /// Files of these crates in place of those of `.cargo/mutants.toml`.
    files: Vec<String>,
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let selection = parse(arguments)?;
    install()?;
    let mut failures = Vec::new();
    for name in &selection.crates {
        if let Err(reason) = mutate(name, &selection.files) {
            failures.push(reason);
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}; target/mutants has a folder for each crate, whose missed.txt lists the mutants that no test noticed",
        failures.join("; ")
    ))
}

/// Mutates a copy of the workspace, and tests that crate only.
fn mutate(name: &str, files: &[String]) -> Outcome {
    let output = root().join("target/mutants").join(name);
    fs::create_dir_all(&output).map_err(|error| format!("{}: {error}", output.display()))?;
    let files = files.iter().flat_map(|file| ["--file", file]);
    program(tool())
        .args(["mutants", "--package", name, "--output"])
        .args([output])
        .args(files)
        .run()
}

fn install() -> Outcome {
    if tool().exists() {
        return Ok(());
    }
    cargo([
        "install",
        "cargo-mutants",
        "--version",
        VERSION,
        "--locked",
        "--quiet",
        "--root",
        TOOLS,
    ])
    .run()
}

fn tool() -> PathBuf {
    root().join(TOOLS).join("bin/cargo-mutants")
}

fn parse(arguments: &[String]) -> Outcome<Selection> {
    let mut selection = Selection::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--file" => selection.files.push(rest.next().ok_or(USAGE)?.clone()),
            name if CRATES.contains(&name) => selection.crates.push(name.to_owned()),
            _ => return Err(format!("{USAGE}\n\nCrates: {}", CRATES.join(", "))),
        }
    }
    if selection.crates.is_empty() {
        selection.crates = CRATES.map(ToOwned::to_owned).to_vec();
    }
    Ok(selection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Outcome<Selection> {
        let arguments: Vec<String> = line.split_whitespace().map(ToOwned::to_owned).collect();
        parse(&arguments)
    }

    #[test]
    fn reads_crates_and_files() {
        assert_eq!(parsed("").unwrap().crates, CRATES);
        let selection = parsed("air-vc --file crates/air-vc/src/check.rs").unwrap();
        assert_eq!(selection.crates, ["air-vc"]);
        assert_eq!(selection.files, ["crates/air-vc/src/check.rs"]);
        assert!(parsed("air-cli").is_err());
        assert!(parsed("--file").is_err());
    }

    /// A pattern that matches nothing would leave code without mutants, and no run would report it.
    #[test]
    fn each_file_exists_and_its_crate_is_tested() {
        let text = fs::read_to_string(root().join(".cargo/mutants.toml")).unwrap();
        let files: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("\"crates/")?.strip_suffix("\","))
            .collect();
        assert!(!files.is_empty());
        for file in &files {
            assert!(root().join("crates").join(file).is_file(), "{file}");
            let name = file.split('/').next().unwrap();
            assert!(CRATES.contains(&name), "{file}");
        }
        for name in CRATES {
            assert!(files.iter().any(|file| file.starts_with(name)), "{name}");
        }
    }
}

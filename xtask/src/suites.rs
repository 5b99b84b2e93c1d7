//! Checks that every test file is built: a crate's test files are modules of `tests/all.rs`, and a
//! file that it does not name would be ignored.

use std::{fs, path::Path};

use crate::shell::{Outcome, root};

pub(crate) fn run() -> Outcome {
    let crates = fs::read_dir(root().join("crates")).map_err(|error| format!("crates: {error}"))?;
    let mut left_out = Vec::new();
    for folder in crates.filter_map(Result::ok).map(|entry| entry.path()) {
        let Ok(all) = fs::read_to_string(folder.join("tests/all.rs")) else {
            continue;
        };
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        for name in names(&folder.join("tests"))? {
            let is_built =
                all.contains(&format!("mod {name};")) || manifest.contains(&format!("name = \"{name}\""));
            if !is_built {
                left_out.push(format!("{}/tests/{name}.rs", folder.display()));
            }
        }
    }
    if left_out.is_empty() {
        return Ok(());
    }
    Err(format!(
        "test files that `all.rs` does not name: {}",
        left_out.join(", ")
    ))
}

/// The names of the Rust files, without their extension.
fn names(folder: &Path) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(files
        .filter_map(|file| Some(file.strip_suffix(".rs")?.to_owned()))
        .collect())
}

//! Checks the workspace with its stated minimum Rust version.

use crate::shell::{Outcome, program, say};

pub(crate) fn run() -> Outcome {
    let stated = stated()?;
    let running = program("rustc").args(["--version"]).read().unwrap_or_default();
    if running.starts_with(&format!("rustc {stated}.")) {
        say(&format!(
            "  Rust {stated} is the installed version: the lints and tests check it"
        ));
        return Ok(());
    }
    let toolchain = format!("+{stated}");
    let installed = program("rustup").args(["run", &stated, "rustc", "--version"]);
    if installed.read().is_none() {
        say(&format!(
            "  skipped: Rust {stated} is not installed (`rustup toolchain install {stated}`)"
        ));
        return Ok(());
    }
    program("cargo")
        .args([
            toolchain.as_str(),
            "check",
            "--workspace",
            "--locked",
            "--target-dir",
            "target/msrv",
        ])
        .without_env("RUSTUP_TOOLCHAIN")
        .without_env("RUSTC")
        .run()
}

/// `rust-version` of the workspace; every crate has the same.
fn stated() -> Outcome<String> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(crate::shell::root())
        .no_deps()
        .exec()
        .map_err(|error| error.to_string())?;
    let mut versions: Vec<String> = metadata
        .packages
        .iter()
        .map(|package| match &package.rust_version {
            Some(version) => format!("{}.{}", version.major, version.minor),
            None => format!("none in {}", package.name),
        })
        .collect();
    versions.dedup();
    match versions.as_slice() {
        [version] => Ok(version.clone()),
        several => Err(format!(
            "the crates state several minimum Rust versions: {several:?}"
        )),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_states_one_version() {
        super::stated().unwrap();
    }
}

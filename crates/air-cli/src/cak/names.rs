//! Default names of output files: sealing appends `.sealed`, and opening removes it.

use std::path::{Path, PathBuf};

use crate::{
    exit::Failure,
    files::{AtomicFile, ForceArgs, is_dash},
    output::Output,
};

const SEALED: &str = "sealed";

/// The output file.
pub(super) struct Destination {
    pub(super) path: PathBuf,
    is_named: bool,
    force: ForceArgs,
}

impl Destination {
    /// The name that was given, or `scan.jpg` → `scan.jpg.sealed`.
    pub(super) fn of_sealed(named: Option<&Path>, input: &Path, force: ForceArgs) -> Result<Self, Failure> {
        Self::named_or(named, || sealed(input), force)
    }

    /// The name that was given, or `scan.jpg.sealed` → `scan.jpg`.
    pub(super) fn of_opened(named: Option<&Path>, input: &Path, force: ForceArgs) -> Result<Self, Failure> {
        Self::named_or(named, || opened(input), force)
    }

    fn named_or(
        named: Option<&Path>,
        derived: impl FnOnce() -> Result<PathBuf, Failure>,
        force: ForceArgs,
    ) -> Result<Self, Failure> {
        let path = named.map_or_else(derived, |path| Ok(path.to_owned()))?;
        force.check(&path)?;
        Ok(Self {
            path,
            is_named: named.is_some(),
            force,
        })
    }

    /// Publishes a draft. A default name is printed.
    pub(super) fn publish(&self, file: AtomicFile, output: Output) -> Result<(), Failure> {
        self.force.publish(file)?;
        if !self.is_named {
            output.note(&format!("Wrote {}", self.path.display()));
        }
        output.wrote(&self.path)
    }
}

fn sealed(input: &Path) -> Result<PathBuf, Failure> {
    if is_dash(input) {
        return Err(unnamed());
    }
    let mut name = input.as_os_str().to_owned();
    name.push(".");
    name.push(SEALED);
    Ok(PathBuf::from(name))
}

fn opened(input: &Path) -> Result<PathBuf, Failure> {
    if input.extension().is_none_or(|extension| extension != SEALED) {
        return Err(unnamed());
    }
    Ok(input.with_extension(""))
}

fn unnamed() -> Failure {
    Failure::usage("missing OUT: IN does not determine the output's name")
        .with_hint("pass the file to write, or `-` for stdout")
}

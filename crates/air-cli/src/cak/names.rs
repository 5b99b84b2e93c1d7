//! What a file is called when its sealer or opener does not say: a sealed one ends in `.sealed`.

use std::path::{Path, PathBuf};

use crate::{exit::Failure, files::is_dash, output::Output};

const SEALED: &str = "sealed";

/// `scan.jpg` → `scan.jpg.sealed`.
pub(super) fn sealed(input: &Path) -> Result<PathBuf, Failure> {
    if is_dash(input) {
        return Err(unnamed());
    }
    let mut name = input.as_os_str().to_owned();
    name.push(".");
    name.push(SEALED);
    unused(PathBuf::from(name))
}

/// `scan.jpg.sealed` → `scan.jpg`.
pub(super) fn opened(input: &Path) -> Result<PathBuf, Failure> {
    if input.extension().is_none_or(|extension| extension != SEALED) {
        return Err(unnamed());
    }
    unused(input.with_extension(""))
}

/// Says where the result is, to whoever did not name it.
pub(super) fn tell(named: Option<&Path>, written: &Path, output: Output) {
    if named.is_none() {
        output.note(&format!("Wrote {}", written.display()));
    }
}

/// A name that nobody chose replaces nothing.
fn unused(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.exists() {
        return Err(Failure::failed(format!("{} exists", path.display())).with_hint("name OUT to replace it"));
    }
    Ok(path)
}

fn unnamed() -> Failure {
    Failure::usage("OUT is needed where IN does not tell it")
        .with_hint("name the file to write, or `-` for stdout")
}

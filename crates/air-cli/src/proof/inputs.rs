//! The files that the commands read.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    files::{self, is_dash},
};

/// The scheme, which all commands but `keys` need.
#[derive(Args)]
pub(super) struct SchemeArgs {
    /// The issuer's scheme: its DID, key, schema, scales and epochs (JSON).
    #[arg(long = "scheme", value_name = "FILE")]
    path: PathBuf,
}

impl SchemeArgs {
    pub(super) fn read(&self) -> Result<Map<String, Value>, Failure> {
        object(&self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads a JSON object, or that of stdin for `-`.
pub(super) fn object(path: &Path) -> Result<Map<String, Value>, Failure> {
    // The message of the parser could show a value.
    serde_json::from_slice(&files::read(path)?)
        .map_err(|_| Failure::rejected(format!("{} is not a JSON object", path.display())))
}

/// Reads hex digits, or those of stdin for `-`.
pub(super) fn digits(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = files::read_text(path)?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Fails if more than one input is stdin.
pub(super) fn require_one_stdin(paths: &[&Path]) -> Result<(), Failure> {
    match paths.iter().filter(|path| is_dash(path)).count() {
        0 | 1 => Ok(()),
        _ => Err(Failure::usage("only one input can be read from stdin")),
    }
}

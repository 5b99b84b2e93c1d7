//! JSON files for the platform. An error names the invalid member and the broken rule.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::{exit::Failure, files};

/// Reads a file, or stdin for `-`. `kind` names what the file should be, as "a seed file".
pub(super) fn read<T: DeserializeOwned>(path: &Path, kind: &str) -> Result<T, Failure> {
    let refused = |reason: String| Failure::rejected(format!("{} is not {kind}: {reason}", path.display()));
    let json = files::read(path)?;
    let mut deserializer = serde_json::Deserializer::from_slice(&json);
    let value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refused(reason(&error)))?;
    deserializer.end().map_err(|error| refused(error.to_string()))?;
    Ok(value)
}

fn reason(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        member => format!("`{member}`: {}", error.inner()),
    }
}

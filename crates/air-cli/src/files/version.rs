//! The versions of the formats that only `air` has. Version 1 has no member `version`, and each later one has.

use std::path::Path;

use serde::Deserialize;

use crate::exit::Failure;

/// The version that this build reads and writes.
const KNOWN: u64 = 1;

/// Fails if a file in JSON is of a later version of its format.
pub(crate) fn require_known_version(path: &Path, json: &[u8]) -> Result<(), Failure> {
    match version_of(json) {
        Some(version) if version != KNOWN => Err(later_version(path, version)),
        _ => Ok(()),
    }
}

/// The member `version` of an object in JSON.
pub(crate) fn version_of(json: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Versioned {
        version: Option<u64>,
    }
    serde_json::from_slice::<Versioned>(json).ok()?.version
}

/// The failure of a file of a later version.
pub(crate) fn later_version(path: &Path, version: u64) -> Failure {
    Failure::rejected(format!(
        "{} is of version {version} of its format, and this version of air reads version {KNOWN}",
        path.display()
    ))
    .with_hint("a later version of air wrote it; use that version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_version_is_refused_and_a_file_without_a_version_is_not() {
        let check = |json: &str| require_known_version(Path::new("group.json"), json.as_bytes());
        for known in [
            "{}",
            r#"{"version":1}"#,
            "[1]",
            "no JSON",
            r#"{"inner":{"version":2}}"#,
        ] {
            assert!(check(known).is_ok(), "{known}");
        }
        let failure = check(r#"{"curve":"secp256r1","version":2}"#).err().unwrap();
        assert_eq!(
            failure.message(),
            "group.json is of version 2 of its format, and this version of air reads version 1"
        );
    }
}

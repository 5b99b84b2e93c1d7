//! Paths in dStorage.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// A path in dStorage, below `/dstorage/`, such as `vcs/c28t30c048pe502a3713w0`. It has at most 256
/// characters. Its segments, separated by slashes, consist of letters, digits, `.`, `_` and `-`. No
/// segment is `.` or `..`, so the path cannot leave `/dstorage/` when it is joined to a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoragePath(String);

impl StoragePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_segment(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(allowed) && !matches!(text, "." | "..")
}

impl TryFrom<String> for StoragePath {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        if text.len() <= 256 && text.split('/').all(is_segment) {
            Ok(Self(text))
        } else {
            Err(Error::InvalidStoragePath)
        }
    }
}

impl FromStr for StoragePath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<StoragePath> for String {
    fn from(path: StoragePath) -> Self {
        path.0
    }
}

impl fmt::Display for StoragePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_nowhere_else() {
        for good in ["vcs/c28t30c048pe502a3713w0", "a", "a/b/c.json", "..a/b-_"] {
            assert_eq!(good.parse::<StoragePath>().unwrap().as_str(), good);
        }
        let long = "a".repeat(257);
        for bad in [
            "",
            "/",
            "/vcs/a",
            "//evil.example/a",
            "vcs/",
            "vcs//a",
            "../users",
            "vcs/../a",
            ".",
            "a?b",
            "a#b",
            "a%2fb",
            "a b",
            "https:a",
            &long,
        ] {
            assert_eq!(
                bad.parse::<StoragePath>(),
                Err(Error::InvalidStoragePath),
                "{bad}"
            );
        }
    }
}

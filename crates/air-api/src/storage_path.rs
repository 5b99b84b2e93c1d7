//! Paths in dStorage.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// A path in dStorage, such as `vcs/c28t30c048pe502a3713w0` or `dstorage://vc/7f01/c42c`: 1 to 256
/// visible ASCII characters. Its form is opaque: compare it and send it back.
/// [`Self::below_dstorage`] returns a path that is safe in a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoragePath(String);

impl StoragePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below `/dstorage/`, if it has the local platform's form: segments of letters,
    /// digits, `.`, `_` and `-`, separated by slashes. No segment is `.` or `..`, so the path
    /// cannot leave `/dstorage/` when it is joined to a URL.
    #[must_use]
    pub fn below_dstorage(&self) -> Option<&str> {
        self.0.split('/').all(is_segment).then_some(self.0.as_str())
    }
}

fn is_segment(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(allowed) && !matches!(text, "." | "..")
}

impl TryFrom<String> for StoragePath {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_visible && (1..=256).contains(&text.len()) {
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
    fn a_path_in_a_url_leads_nowhere_else() {
        let below = |text: &str| {
            let path: StoragePath = text.parse().unwrap();
            path.below_dstorage().map(ToOwned::to_owned)
        };
        for good in ["vcs/c28t30c048pe502a3713w0", "a", "a/b/c.json", "..a/b-_"] {
            assert_eq!(below(good).as_deref(), Some(good));
        }
        for bad in [
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
            "https:a",
            "dstorage://vc/a/b",
        ] {
            assert_eq!(below(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_path_is_visible_ascii_and_bounded() {
        let long = "a".repeat(256);
        for good in ["dstorage://vc/7f01/c42c", "vcs/a?b", &long] {
            assert_eq!(good.parse::<StoragePath>().unwrap().as_str(), good);
        }
        let longer = "a".repeat(257);
        for bad in ["", "a b", "ä", "a\n", &longer] {
            assert_eq!(
                bad.parse::<StoragePath>(),
                Err(Error::InvalidStoragePath),
                "{bad}"
            );
        }
    }
}

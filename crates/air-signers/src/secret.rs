//! PINs and bearer tokens.

use std::{fmt, fs::File, io::Read, path::Path};

use zeroize::Zeroizing;

use crate::Error;

/// The maximum length of a secret in bytes.
const LIMIT: usize = 4096;

/// The PIN of a token, or the bearer token of a signing service. Wiped on drop, never shown.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Accepts 1 to 4,096 printable ASCII characters without spaces at either end.
    ///
    /// # Errors
    /// [`Error::InvalidSecret`].
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = Zeroizing::new(text.into());
        let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if text.is_empty() || text.len() > LIMIT || !is_printable || text.trim().len() != text.len() {
            return Err(Error::InvalidSecret { limit: LIMIT });
        }
        Ok(Self(text))
    }

    /// Reads a file, without the white space at its ends. Only the owner should be able to read the file.
    ///
    /// # Errors
    /// [`Error::UnreadableSecret`] or [`Error::InvalidSecret`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let unreadable = |source| Error::UnreadableSecret {
            path: path.to_owned(),
            source,
        };
        let most = LIMIT + 64; // white space at the ends
        // Large enough from the start: a buffer that grows leaves copies.
        let mut text = Zeroizing::new(String::with_capacity(most + 1));
        File::open(path)
            .and_then(|file| file.take(most as u64 + 1).read_to_string(&mut text))
            .map_err(unreadable)?;
        Self::new(text.trim())
    }

    /// Reads an environment variable, without the white space at its ends.
    ///
    /// # Errors
    /// [`Error::MissingSecret`] or [`Error::InvalidSecret`].
    pub fn from_env(variable: &str) -> Result<Self, Error> {
        let text = std::env::var(variable).map_err(|_| Error::MissingSecret {
            variable: variable.to_owned(),
        })?;
        let text = Zeroizing::new(text);
        Self::new(text.trim())
    }

    /// The secret. Security reviews can search for the name.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_one_to_the_limit_of_printable_characters() {
        for text in ["1", "correct horse", &"x".repeat(LIMIT)] {
            assert_eq!(Secret::new(text).unwrap().expose_secret(), text);
        }
        for text in ["", " 1", "1\n", "a\tb", "pín", &"x".repeat(LIMIT + 1)] {
            assert!(
                matches!(Secret::new(text), Err(Error::InvalidSecret { .. })),
                "{text:?}"
            );
        }
    }

    #[test]
    fn shows_nothing() {
        let shown = format!("{:?}", Secret::new("hunter2").unwrap());
        assert_eq!(shown, "Secret(..)");
    }
}

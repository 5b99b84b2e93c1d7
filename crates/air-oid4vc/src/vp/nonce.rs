//! Values that bind a response to its request: `nonce` and `state` (OpenID4VP 1.0, section 5.2).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::rule::Rule;
use crate::Error;

/// The maximum length in characters.
const LENGTH_LIMIT: usize = 1024;
/// The minimum number of random bytes of a new value.
const LEAST_BYTES: usize = 16;

/// A `nonce`, `state` or `wallet_nonce`: URL-safe characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(String);

impl Nonce {
    /// Makes a new value of random bytes. The caller makes fresh bytes for each request.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::Entropy`] for fewer than 16 bytes.
    pub fn from_random(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() < LEAST_BYTES {
            return Err(refused("nonce", Rule::Entropy));
        }
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a value that another party made.
    pub(super) fn parse(name: &'static str, text: &str) -> Result<Self, Error> {
        let is_allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        if text.len() > LENGTH_LIMIT {
            return Err(refused(name, Rule::Limit { most: LENGTH_LIMIT }));
        }
        if text.is_empty() || !text.bytes().all(is_allowed) {
            return Err(refused(name, Rule::UrlSafe));
        }
        Ok(Self(text.to_owned()))
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn refused(name: &'static str, rule: Rule) -> Error {
    Error::Presentation {
        place: format!("/{name}"),
        rule,
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

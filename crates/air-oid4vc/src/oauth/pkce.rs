//! Proof Key for Code Exchange with the method `S256` (RFC 7636).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{refused, rule::Rule};
use crate::Error;

/// The secret that a client proves when it redeems the code.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(String);

impl CodeVerifier {
    /// Makes a verifier of 32 random bytes, which the caller draws for each request.
    #[must_use]
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads `code_verifier`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let is_allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        if (43..=128).contains(&text.len()) && text.bytes().all(is_allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(refused("code_verifier", Rule::VerifierForm))
    }

    /// The challenge that the authorization request carries.
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(URL_SAFE_NO_PAD.encode(Sha256::digest(&self.0)))
    }

    /// The verifier, for the token request.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier(..)")
    }
}

/// The SHA-256 hash of a verifier, in base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let is_hash = URL_SAFE_NO_PAD.decode(text).is_ok_and(|hash| hash.len() == 32);
        if is_hash {
            return Ok(Self(text.to_owned()));
        }
        Err(refused("code_challenge", Rule::Challenge))
    }

    /// The challenge on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        for (text, is_verifier) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("-._~0Az".repeat(18), true),
            ("a".repeat(128), true),
            ("a".repeat(129), false),
            ("+".repeat(43), false),
            (format!("{} ", "a".repeat(43)), false),
        ] {
            assert_eq!(CodeVerifier::parse(&text).is_ok(), is_verifier, "{text}");
        }
    }
}

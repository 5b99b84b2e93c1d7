//! Bytes as hex digits.

use zeroize::Zeroizing;

use super::{Failure, rejected};

/// A text that is wiped on drop, and never shown.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Reads 32 bytes.
    pub(super) fn scalar(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, Failure> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(self.0.as_str(), bytes.as_mut_slice())
            .map_err(|_| rejected(format!("`{name}` must be 64 hex digits")))?;
        Ok(bytes)
    }

    /// Reads bytes of any length.
    pub(super) fn bytes(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        bytes(name, &self.0).map(Zeroizing::new)
    }
}

/// Reads bytes of any length.
pub(super) fn bytes(name: &str, digits: &str) -> Result<Vec<u8>, Failure> {
    hex::decode(digits).map_err(|_| rejected(format!("`{name}` must be hex digits")))
}

/// Writes a secret.
pub(super) fn secret_digits(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(bytes))
}

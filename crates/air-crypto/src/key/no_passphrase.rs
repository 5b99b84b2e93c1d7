//! Replaces `passphrase.rs` in builds without the feature `passphrase`, which read no encrypted key.

use air_pem::Block;

use super::{CakPrivateKey, der::is_encrypted_der};
use crate::Error;

impl CakPrivateKey {
    pub(super) fn from_encrypted_block(block: &Block, _: &[u8]) -> Result<Self, Error> {
        if is_encrypted_der(block) {
            return Err(Error::NoPassphrases);
        }
        Self::from_block(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encrypted_key_names_the_missing_feature() {
        let read = |pem| CakPrivateKey::from_text(None, pem, Some(b"correct horse".as_slice()));
        let encrypted = include_str!("../../tests/vectors/keys/secp256r1.scrypt.pem");
        assert!(matches!(read(encrypted), Err(Error::NoPassphrases)));
        let plain = include_str!("../../tests/vectors/keys/secp256r1.pkcs8.pem");
        assert!(read(plain).is_ok());
    }
}

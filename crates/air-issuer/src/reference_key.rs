//! Keyed hashes, by which the database knows equal values without having them.

use std::{fmt, iter};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The key of the hashes, in the database's settings. It never leaves the service.
#[derive(Clone)]
pub(crate) struct ReferenceKey(Zeroizing<[u8; 32]>);

impl ReferenceKey {
    pub(crate) fn generate() -> Self {
        Self(Zeroizing::new(rand::random()))
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text, key.as_mut_slice()).ok()?;
        Some(Self(key))
    }

    pub(crate) fn expose_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_slice()))
    }

    /// HMAC-SHA256 over the purpose and the fields, each after its length, in hex.
    pub(crate) fn hash(&self, purpose: &str, fields: &[&str]) -> String {
        hex::encode(self.mac(purpose, fields))
    }

    /// Derives the key for a purpose. All instances on one database derive the same.
    #[cfg(feature = "openid4vc")]
    pub(crate) fn derive(&self, purpose: &str, fields: &[&str]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.mac(purpose, fields))
    }

    fn mac(&self, purpose: &str, fields: &[&str]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("HMAC takes keys of any length");
        for field in iter::once(&purpose).chain(fields) {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ReferenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReferenceKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other_and_keys_differ() {
        let key = ReferenceKey::generate();
        assert_ne!(key.hash("p", &["ab", "c"]), key.hash("p", &["a", "bc"]));
        assert_ne!(key.hash("p", &["a"]), key.hash("q", &["a"]));
        assert_ne!(key.hash("p", &["a"]), ReferenceKey::generate().hash("p", &["a"]));
        let again = ReferenceKey::from_hex(&key.expose_hex()).unwrap();
        assert_eq!(key.hash("p", &["a"]), again.hash("p", &["a"]));
        assert_eq!(format!("{key:?}"), "ReferenceKey(..)");
    }
}

//! References, codes and tokens, of which the database has keyed hashes only.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngExt;

use crate::reference_key::ReferenceKey;

/// The number of digits of a transaction code.
pub(super) const TRANSACTION_CODE_LENGTH: u64 = 6;

/// Draws a reference or an access token: 256 random bits.
pub(super) fn draw() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// Draws six digits.
pub(super) fn draw_transaction_code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

/// Returns the code of the offer with this reference. The database has neither.
pub(super) fn code(key: &ReferenceKey, reference: &str) -> String {
    key.hash("offer code", &[reference])
}

pub(super) fn reference_hash(key: &ReferenceKey, reference: &str) -> String {
    key.hash("hash of an offer reference", &[reference])
}

pub(super) fn code_hash(key: &ReferenceKey, code: &str) -> String {
    key.hash("hash of an offer code", &[code])
}

/// The code is part of the hash: a transaction code alone is short enough to be found by trying all.
pub(super) fn transaction_code_hash(key: &ReferenceKey, code: &str, transaction_code: &str) -> String {
    key.hash("hash of a transaction code", &[code, transaction_code])
}

pub(super) fn token_hash(key: &ReferenceKey, token: &str) -> String {
    key.hash("hash of an access token", &[token])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_from_its_reference_and_hashes_differ_by_purpose() {
        let key = ReferenceKey::generate();
        let reference = draw();
        assert_eq!(reference.len(), 43);
        let made = code(&key, &reference);
        assert_eq!(made, code(&key, &reference));
        assert_ne!(made, code(&ReferenceKey::generate(), &reference));
        let hashes = [
            made.clone(),
            reference_hash(&key, &made),
            code_hash(&key, &made),
            token_hash(&key, &made),
        ];
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes.get(..at).unwrap().contains(hash), "{at}");
        }
        assert_ne!(
            transaction_code_hash(&key, "a", "123456"),
            transaction_code_hash(&key, "b", "123456")
        );
        assert_eq!(draw_transaction_code().len(), 6);
    }
}

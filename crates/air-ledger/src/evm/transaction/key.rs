//! The key of an account.

use std::fmt;

use k256::ecdsa;

use crate::evm::{
    error::Error,
    hash::{Address, KeccakHash, keccak256},
};

/// A secp256k1 private key. It is wiped on drop, and never shown.
pub struct SigningKey {
    key: ecdsa::SigningKey,
    address: Address,
}

impl SigningKey {
    /// From 32 bytes, big-endian.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidKey`] if the number is zero or not below the curve's order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let key = ecdsa::SigningKey::from_slice(bytes).map_err(|_| Error::InvalidKey)?;
        let address = address(key.verifying_key());
        Ok(Self { key, address })
    }

    /// The address of its account.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a hash (RFC 6979), with the lower of the two possible `s` (EIP-2). Returns the
    /// signature and whether `y` is odd.
    pub(super) fn sign(&self, hash: &KeccakHash) -> ([u8; 64], bool) {
        let (signature, id) = self.key.sign_prehash_recoverable(hash.as_bytes());
        (signature.to_bytes().into(), id.is_y_odd())
    }
}

impl fmt::Debug for SigningKey {
    /// Shows the address only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey")
            .field(&self.address)
            .finish_non_exhaustive()
    }
}

/// The account whose key made this signature of `hash`; `None` if it is not a signature, or has the
/// higher `s` (EIP-2).
pub(super) fn recover(hash: &KeccakHash, r: &[u8; 32], s: &[u8; 32], is_y_odd: bool) -> Option<Address> {
    let signature = ecdsa::Signature::from_scalars(*r, *s).ok()?;
    if signature.normalize_s() != signature {
        return None;
    }
    let id = ecdsa::RecoveryId::new(is_y_odd, false);
    let key = ecdsa::VerifyingKey::recover_from_prehash(hash.as_bytes(), &signature, id).ok()?;
    Some(address(&key))
}

/// The last 20 bytes of the hash of the public key.
fn address(key: &ecdsa::VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    let coordinates = point.as_bytes().get(1..).unwrap_or_default();
    let hash = keccak256(coordinates);
    Address::new(*hash.as_bytes().last_chunk().expect("a hash has 32 bytes"))
}

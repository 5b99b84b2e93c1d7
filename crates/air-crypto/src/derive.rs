//! Key derivation (CAK specification, section 3).

use zeroize::Zeroizing;

use crate::{
    CakContext,
    backend::Hkdf,
    scalar::{self, Scalar},
};

const SALT: &[u8] = b"AIR-CAK-v1";

/// `ikm` → `prk` → 48 bytes → a scalar between 1 and n − 1 with a bias under 2^-128 (FIPS 186-5, A.2.1).
pub(crate) fn derive_scalar(ikm: &[u8], context: &CakContext) -> Scalar {
    let mut okm = Zeroizing::new([0; 48]);
    Hkdf::extract(SALT, &[ikm]).expand(&[b"key", &context.to_bytes()], okm.as_mut_slice());
    scalar::reduce(context.curve(), &okm)
}

//! Schnorr signatures: they prove that the sender knows a private key and sent this message.

use rand_core::CryptoRng;

use super::{
    hash::hash_to_scalar,
    nonce,
    polynomial::ZERO,
    proof::{Proof, is_number},
};
use crate::{
    CakPrivateKey, CakPublicKey,
    backend::{Point, group, sharing},
};

/// The domain separation tag of a dealing's signatures.
pub(super) const DEALING: &[u8] = b"AIR-DEALING-v1";
/// The domain separation tag of the statement that a partial carries.
pub(super) const ABOUT: &[u8] = b"AIR-ABOUT-v1";

/// Signs under a tag: draws a hedged `a` ([`nonce::hedged`]) and returns `c || z`, with `A = a·G`,
/// `c = H(message, K, A)` and `z = a + c·k`.
pub(super) fn sign(
    key: &CakPrivateKey,
    tag: &'static [u8],
    message: &[u8; 32],
    rng: &mut impl CryptoRng,
) -> Proof {
    let curve = key.curve();
    let statement = [message.as_slice(), key.public_key().as_uncompressed()].concat();
    let a = nonce::hedged(key, tag, &statement, rng);
    let point = group(curve).public_point(&a);
    let c = challenge(key.public_key(), tag, message, &point);
    let z = sharing(curve).multiply_add(&c, key.expose_secret(), &a);
    let mut signature = [0; 64];
    let (first, last) = signature.split_at_mut(32);
    first.copy_from_slice(&c);
    last.copy_from_slice(z.as_slice());
    signature
}

/// Computes `A' = z·G − c·K` and accepts when `c = H(message, K, A')`.
pub(super) fn verify(key: &CakPublicKey, tag: &'static [u8], message: &[u8; 32], signature: &Proof) -> bool {
    let curve = key.curve();
    let (Some(c), Some(z)) = (signature.first_chunk::<32>(), signature.last_chunk::<32>()) else {
        return false;
    };
    if !is_number(curve, c) || !is_number(curve, z) || *c == ZERO {
        return false;
    }
    let minus_c = *sharing(curve).negate(c);
    sharing(curve)
        .combine(z, &[(minus_c, *key.as_uncompressed())])
        .is_some_and(|a| challenge(key, tag, message, &a) == *c)
}

fn challenge(key: &CakPublicKey, tag: &[u8], message: &[u8; 32], a: &Point) -> [u8; 32] {
    let message = [message.as_slice(), key.as_uncompressed(), a].concat();
    hash_to_scalar(key.curve(), &message, tag)
}

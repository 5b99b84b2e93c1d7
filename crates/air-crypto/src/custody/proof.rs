//! Chaum–Pedersen proofs: a partial was made with the share of a known verifying key. The proof
//! reveals nothing else about the share.

use rand_core::CryptoRng;

use super::{hash::hash_to_scalar, nonce, polynomial::ZERO};
use crate::{
    CakPrivateKey, Curve, ManagedContext,
    backend::{Point, group, sharing},
    context::push_length_prefixed,
};

const DST: &[u8] = b"AIR-DLEQ-v1";

/// `c || z`.
pub(super) type Proof = [u8; 64];

/// The statement of a proof: `log_G X = log_R D`, in a group's context.
pub(super) struct Statement<'a> {
    pub(super) context: &'a ManagedContext,
    /// `X = x·G`.
    pub(super) verifying_key: &'a Point,
    /// The container's encapsulated key.
    pub(super) r: &'a Point,
    /// `D = x·R`.
    pub(super) d: &'a Point,
}

/// Draws a hedged `a` ([`nonce::hedged`]) and computes `A = a·G`, `B = a·R`, `c = H(…, A, B)` and
/// `z = a + c·x`. Returns `None` when `R` is invalid.
pub(super) fn prove(
    statement: &Statement<'_>,
    share: &CakPrivateKey,
    rng: &mut impl CryptoRng,
) -> Option<Proof> {
    let curve = share.curve();
    let a = nonce::hedged(share, DST, &statement.to_bytes(), rng);
    let a_g = group(curve).public_point(&a);
    let a_r = sharing(curve).multiply(&a, statement.r)?;
    let c = statement.challenge(&a_g, &a_r);
    let z = sharing(curve).multiply_add(&c, share.expose_secret(), &a);
    let mut proof = [0; 64];
    let (first, last) = proof.split_at_mut(32);
    first.copy_from_slice(&c);
    last.copy_from_slice(z.as_slice());
    Some(proof)
}

/// Computes `A' = z·G − c·X` and `B' = z·R − c·D`, and accepts when `c = H(…, A', B')`. All values
/// are public.
pub(super) fn verify(statement: &Statement<'_>, proof: &Proof) -> bool {
    let curve = statement.context.curve();
    let (Some(c), Some(z)) = (proof.first_chunk::<32>(), proof.last_chunk::<32>()) else {
        return false;
    };
    // A number at or above the order would be a second encoding of the same proof.
    if !is_number(curve, c) || !is_number(curve, z) {
        return false;
    }
    let sharing = sharing(curve);
    let minus_c = *sharing.negate(c);
    let a = sharing.combine(z, &[(minus_c, *statement.verifying_key)]);
    let b = sharing.combine(&ZERO, &[(*z, *statement.r), (minus_c, *statement.d)]);
    match (a, b) {
        (Some(a), Some(b)) => statement.challenge(&a, &b) == *c,
        _ => false,
    }
}

/// Whether the bytes are below the order; zero is accepted.
pub(super) fn is_number(curve: Curve, bytes: &[u8; 32]) -> bool {
    *bytes == ZERO || group(curve).is_scalar(bytes)
}

impl Statement<'_> {
    /// `H` over `LP(managed_context) || X || R || D || A || B`.
    fn challenge(&self, a: &Point, b: &Point) -> [u8; 32] {
        let message = [self.to_bytes().as_slice(), a, b].concat();
        hash_to_scalar(self.context.curve(), &message, DST)
    }

    /// `LP(managed_context) || X || R || D`.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_length_prefixed(&mut bytes, &self.context.to_bytes());
        for point in [self.verifying_key, self.r, self.d] {
            bytes.extend_from_slice(point);
        }
        bytes
    }
}

//! Randomness from the caller, as arkworks reads it.

use ark_std::rand::{SeedableRng, rngs::StdRng};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A generator that is seeded with 32 bytes of the caller's.
pub(crate) fn seeded(rng: &mut impl CryptoRng) -> StdRng {
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(seed.as_mut_slice());
    StdRng::from_seed(*seed)
}

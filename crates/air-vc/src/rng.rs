//! Randomness from our callers (`rand_core` 0.10) to ssi (`rand_core` 0.6).

use rand_core::CryptoRng;
use rand_core_06 as old;

pub(crate) struct ForSsi<'r, R>(pub(crate) &'r mut R);

impl<R: CryptoRng> old::RngCore for ForSsi<'_, R> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), old::Error> {
        self.0.fill_bytes(out);
        Ok(())
    }
}

impl<R: CryptoRng> old::CryptoRng for ForSsi<'_, R> {}

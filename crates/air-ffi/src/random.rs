//! Randomness of the operating system.

use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};

use crate::AirError;

/// The source of randomness, after a test call: once it works, it does not fail later.
pub(crate) fn random() -> Result<impl CryptoRng, AirError> {
    getrandom::fill(&mut [0; 1]).map_err(|_| AirError::no_randomness())?;
    Ok(UnwrapErr(SysRng))
}

//! Randomness of the operating system. A generator in this process would repeat itself in each child
//! of `os.fork`, and Python's programs fork.

use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};

use crate::error::Failure;

/// The source of randomness, after a test call: once it works, it does not fail later.
pub(crate) fn random() -> Result<impl CryptoRng, Failure> {
    getrandom::fill(&mut [0; 1]).map_err(|_| Failure::no_randomness())?;
    Ok(UnwrapErr(SysRng))
}

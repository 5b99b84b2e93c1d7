//! `cargo xtask supply-chain`: checks that the book lists each crate that touches keys, and that tools and packages that
//! the tests fetch have fixed versions.

mod keys;
mod pins;

use crate::shell::Outcome;

pub(crate) fn run() -> Outcome {
    keys::check()?;
    pins::check()
}

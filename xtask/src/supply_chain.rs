//! `cargo xtask supply-chain`: checks that the book lists each crate that touches keys, that tools and packages that the
//! tests fetch have fixed versions, and that `air licenses` prints the licences of the present crates.

mod keys;
mod licences;
mod pins;

use crate::shell::Outcome;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => {}
        [option] if option == "--write" => licences::write()?,
        _ => return Err("Usage: cargo xtask supply-chain [--write]".into()),
    }
    keys::check()?;
    pins::check()?;
    licences::check()
}

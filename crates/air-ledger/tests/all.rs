//! The tests of the crate, as one program.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

#[cfg(feature = "evm")]
mod evm;
mod merkle_vectors;

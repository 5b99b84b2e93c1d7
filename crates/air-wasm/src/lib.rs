#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod argument;
mod cak;
mod context;
#[cfg(feature = "verify")]
mod credential;
mod error;
#[cfg(any(feature = "validate", feature = "verify"))]
mod json;
mod random;
mod root;
mod sealing;
#[cfg(feature = "validate")]
mod subject;
mod wallet;

pub use cak::Cak;
#[cfg(feature = "verify")]
pub use credential::verify;
pub use error::AirError;
pub use root::Root;
pub use sealing::{derive, open, seal};
#[cfg(feature = "validate")]
pub use subject::validate;

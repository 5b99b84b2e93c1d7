#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[cfg(feature = "anchor")]
mod anchor;
mod argument;
#[cfg(feature = "cak")]
mod cak;
#[cfg(feature = "cak")]
mod context;
#[cfg(feature = "verify")]
mod credential;
#[cfg(feature = "wallet")]
mod envelope;
mod error;
#[cfg(any(feature = "anchor", feature = "validate", feature = "verify"))]
mod json;
#[cfg(feature = "cak")]
mod random;
#[cfg(feature = "cak")]
mod root;
#[cfg(feature = "cak")]
mod sealing;
#[cfg(feature = "wallet")]
mod signing;
#[cfg(feature = "cak")]
mod stream;
#[cfg(feature = "validate")]
mod subject;
#[cfg(feature = "wallet")]
mod typed_data;
#[cfg(feature = "cak")]
mod wallet;

#[cfg(feature = "anchor")]
pub use anchor::{verify_anchor, verify_inclusion};
#[cfg(feature = "cak")]
pub use cak::Cak;
#[cfg(feature = "verify")]
pub use credential::verify;
pub use error::AirError;
#[cfg(feature = "cak")]
pub use root::Root;
#[cfg(feature = "cak")]
pub use sealing::{derive, open, read_public_key, seal};
#[cfg(feature = "cak")]
pub use stream::{Opener, Sealer};
#[cfg(feature = "validate")]
pub use subject::validate;
#[cfg(feature = "wallet")]
pub use typed_data::TypedData;

#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests fail by panic"
    )
)]

mod credential;
pub mod did;
mod disclosure;
mod error;
mod issue;
mod rng;
mod verify;

pub use credential::Credential;
pub use error::{Check, Error};
pub use issue::{Issuer, StatusReference, Terms};
pub use verify::{VerifiedCredential, Verifier};

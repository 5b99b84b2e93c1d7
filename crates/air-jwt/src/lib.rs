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

mod claims;
mod email;
mod error;
mod jwk;
mod jwk_set;
pub mod jws;
mod key;
mod scope;
mod token;
mod verify;

pub use claims::{Claims, PartnerId};
pub use email::EmailAddress;
pub use error::Error;
pub use jwk::{Jwk, Kid};
pub use jwk_set::JwkSet;
pub use key::{SigningKey, VerifyingKey};
pub use scope::{Scope, ScopeSet};
pub use token::{PartnerJwt, PartnerToken};
pub use verify::Verifier;

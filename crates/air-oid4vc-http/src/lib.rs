#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
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

mod accept;
mod body;
mod failure;
mod html;
pub mod issuer;
mod nonce;
mod rejection;
mod segment;
mod single_use;
pub mod verifier;

pub use air_oid4vc::UnixTime;
pub use failure::Failure;
pub use nonce::NonceKey;
pub use single_use::{SingleUse, SingleUseKind};

/// The path below which each issuer and each verifier has its routes: `/oid4vc/{id}/…`.
pub const PREFIX: &str = "/oid4vc";

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

mod bbs;
pub mod command;
mod contained;
mod contexts;
mod derive;
mod derived_bbs;
pub mod did;
mod document;
mod environment;
mod error;
mod issue;
pub mod jose;
mod key;
mod link;
mod pointer;
mod present;
mod proofs;
mod secured;
mod signer;
mod suite;
mod verify;

pub use contexts::Contexts;
pub use error::Error;
pub use issue::{Issuer, ProofTerms, W3cCredential};
pub use key::{IssuerKeys, PublicKey};
pub use link::Link;
pub use present::Presentation;
pub use signer::IssuerKey;
pub use suite::Suite;
pub use verify::{VerificationOutcome, Verifier};

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

mod claim;
pub mod command;
mod condition;
mod credential;
mod encoding;
mod epoch;
mod error;
mod generators;
mod hash;
mod holder;
mod issuing;
mod key;
mod layout;
mod presentation;
mod range;
mod request;
mod rng;
mod scheme;
mod sigma;
mod statement;
mod wire;

pub use condition::{Condition, Predicate};
pub use credential::{Credential, IssuedCredential, RevocationNonce};
pub use epoch::{Epoch, EpochSchedule, EpochToken};
pub use error::Error;
pub use holder::{HolderCommitment, HolderSecret};
pub use key::{IssuerKey, IssuerPublicKey};
pub use layout::SchemaLayout;
pub use presentation::{Presentation, Verified};
pub use request::Request;
pub use scheme::CredentialScheme;

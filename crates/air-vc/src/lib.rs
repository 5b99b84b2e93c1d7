#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "bitstring"),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "the documentation is written for all features"
    )
)]
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

mod check;
mod claim_path;
mod credential;
#[cfg(feature = "w3c")]
mod data_model;
mod diagnose;
pub mod did;
mod envelope;
mod error;
mod format;
mod held;
mod inspect;
mod issue;
mod issuer_key;
mod key_binding;
mod payload;
mod present;
mod sd_jwt;
pub mod status;
pub mod type_metadata;
mod validity;
mod verified;
mod verify;
#[cfg(feature = "w3c")]
pub mod w3c;

pub use air_ids::UnixTime;
pub use check::{Check, Outcome, Report};
pub use claim_path::ClaimPath;
pub use credential::Credential;
pub use diagnose::{BrokenRule, diagnose, diagnose_status_list};
pub use envelope::Enveloped;
pub use error::Error;
pub use format::Format;
pub use held::HeldCredential;
pub use inspect::{Inspection, Withheld};
pub use issue::{Integrity, IssueOptions, Issuer, StatusReference};
pub use key_binding::Challenge;
pub use present::Presentation;
pub use verified::VerifiedCredential;
pub use verify::{VerificationOutcome, Verifier};

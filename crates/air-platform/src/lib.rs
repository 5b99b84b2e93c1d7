#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod airkit;
pub mod anchoring;
mod app;
pub mod background;
mod batch_queue;
mod batches;
mod cache;
pub mod caks;
pub mod callbacks;
pub mod catalogue;
#[cfg(feature = "chain")]
#[cfg_attr(docsrs, doc(cfg(feature = "chain")))]
pub mod chain;
mod chain_progress;
pub mod channel;
pub mod clock;
mod conditions;
#[cfg(feature = "openid4vc")]
#[cfg_attr(docsrs, doc(cfg(feature = "openid4vc")))]
pub mod copies;
#[cfg(feature = "openid4vc")]
mod copy_records;
pub mod credential_text;
pub mod dashboard;
pub mod documents;
mod error;
pub mod events;
mod expiration;
pub mod faults;
pub mod holder;
pub mod holder_keys;
pub mod hosted_issuance;
pub mod idempotency;
pub mod ids;
pub mod issuance;
pub mod issuer_backends;
pub mod issuer_keys;
mod jobs;
mod listed;
pub mod logos;
#[cfg_attr(not(feature = "openid4vc"), path = "no_mdocs.rs")]
mod mdocs;
pub mod metrics;
mod names;
mod notices;
#[cfg(feature = "openid4vc")]
#[cfg_attr(docsrs, doc(cfg(feature = "openid4vc")))]
pub mod openid4vc;
pub mod origins;
pub mod packages;
pub mod partner_auth;
pub mod predicate_proofs;
pub mod proof_program;
mod quotas;
pub mod records;
mod refusal;
pub mod registered_keys;
mod reports;
pub mod request_log;
mod revocation;
pub mod sealed_credentials;
pub mod seeding;
pub mod setup;
pub mod sign_in_codes;
mod signed_urls;
pub mod snapshots;
pub mod status_changes;
pub mod status_lists;
mod stored;
#[cfg(test)]
mod test_platform;
pub mod text;
mod trust;
#[cfg_attr(not(feature = "openid4vc"), path = "no_trust_lists.rs")]
pub mod trust_lists;
pub mod users;
pub mod verification;
pub mod verification_records;
pub mod w3c_proofs;

pub use app::{App, Parts, Settings};
pub use clock::Clock;
pub use error::Error;
pub use quotas::Quotas;
pub use refusal::{Reason, Refusal, RefusalKind};
pub use trust::TrustError;

//! The service's routes against a platform that responds, is slow, loses responses and returns false ones. One program, since each costs as much to link
//! as most take to run.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panic"
)]

mod admin_issue;
mod admin_pages;
mod available;
mod check;
mod configuration;
mod conformance;
#[cfg(feature = "openid4vc")]
mod credential_offers;
mod delivery;
mod frozen;
mod history;
mod hooks;
mod idempotency;
mod issue;
mod kills;
mod local_platform;
mod metrics;
mod node_peers;
mod operator;
mod rate;
#[cfg(feature = "signers")]
mod remote_keys;
mod restarts;
mod revocation;
mod rotation;
mod routes;
mod serve;
mod several;
#[cfg(feature = "signers")]
mod softhsm;
mod status_lists;
mod support;
#[cfg(feature = "openid4vc")]
mod wallet_access;
#[cfg(feature = "openid4vc")]
mod wallet_messages;
#[cfg(feature = "openid4vc")]
mod wallets;
mod well_known;

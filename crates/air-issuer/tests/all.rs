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
mod audit;
mod available;
mod backup;
mod check;
mod configuration;
mod conformance;
mod connections;
#[cfg(feature = "openid4vc")]
mod credential_offers;
mod delivery;
mod events;
mod exposure;
mod frozen;
mod history;
mod hooks;
mod idempotency;
mod import_postgres;
mod issue;
mod kills;
mod local_platform;
mod logs;
mod metrics;
mod node_peers;
mod operator;
mod rate;
#[cfg(feature = "signers")]
mod remote_keys;
mod restarts;
mod revocation;
mod revoke_key;
mod rotation;
mod routes;
mod serve;
mod several;
mod shadow;
#[cfg(feature = "signers")]
mod softhsm;
mod sql_claims;
mod status_lists;
mod support;
mod upgrades;
mod user_data;
#[cfg(feature = "openid4vc")]
mod wallet_access;
#[cfg(feature = "openid4vc")]
mod wallet_messages;
#[cfg(all(feature = "openid4vc", feature = "signers"))]
mod wallet_remote_keys;
#[cfg(feature = "openid4vc")]
mod wallet_rotation;
#[cfg(feature = "openid4vc")]
mod wallets;
mod well_known;

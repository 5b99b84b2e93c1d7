//! The service's routes against a platform that responds, is slow, loses responses and returns false ones. One program, since each costs as much to link
//! as most take to run.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panic"
)]

mod admin_issue;
mod available;
mod check;
mod configuration;
mod connections;
mod delivery;
mod exposure;
mod frozen;
mod history;
mod hooks;
mod issue;
mod local_platform;
mod logs;
mod metrics;
mod rate;
mod restarts;
mod revocation;
mod routes;
mod serve;
mod several;
mod sql_claims;
mod status_lists;
mod support;
mod well_known;

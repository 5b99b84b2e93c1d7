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
mod delivery;
mod frozen;
mod history;
mod hooks;
mod import_postgres;
mod issue;
mod local_platform;
mod metrics;
mod rate;
mod restarts;
mod revocation;
mod routes;
mod serve;
mod several;
mod shadow;
mod status_lists;
mod support;
mod well_known;

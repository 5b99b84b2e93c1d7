//! The client, against the local platform. One program, since each costs as much to link as most take to run.
//! (`no_secrets` is another: it sets up the logs of its whole process; `blocking` needs a feature.)

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod against_faults;
mod bulk_laws;
mod catalogue;
mod dependent;
mod idempotency;
mod issuer_hosted;
mod middleware;
mod signing;
mod support;
mod transport;
mod two_stages;
mod whole_path;

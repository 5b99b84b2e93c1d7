//! Schemas and subjects, against the test suite, peers and rules. One program, since each costs as much to link as most take to run.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod documents;
mod evolution;
mod form_validator;
mod generated;
mod hostile;
mod node_peers;
mod schemas;
mod test_suite;
mod types;

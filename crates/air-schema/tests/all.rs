//! Tests of schemas and subjects, with the test suite, other implementations and properties. They
//! are one binary, because linking a binary takes as long as running most of them.

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

//! Reading, against its rules and against `serde_json`.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod precision;
mod reading;

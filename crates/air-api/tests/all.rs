//! The crate's promises, as one program.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

#[cfg(feature = "openapi")]
mod schemas;

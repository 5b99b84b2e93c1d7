//! Chains of our own test authorities, and chains that others made.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod authority;
mod chains;
mod limits;
mod published;
mod reading;
mod trust_list;

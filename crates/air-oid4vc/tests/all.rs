//! Tests of the crate, with vectors, other implementations and properties. They are one binary,
//! because linking a binary takes as long as running most of them.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panic"
)]

mod algorithms;
mod conformance;
mod dcql_checks;
mod dcql_plans;
mod dcql_rules;
mod dcql_vectors;
mod explaining;
mod explaining_attestations;
mod explaining_messages;
mod laws;
mod limits;
mod node_dcql;
mod node_messages;
mod published;
mod python_openvc;
mod sessions;
mod support;
mod times;
mod vci_credentials;
mod vci_offers;
mod vci_proofs;
mod vp_requests;
mod vp_responses;
mod vp_transactions;

//! Tokens and keys, against vectors, peers and rules. One program, since each costs as much to link
//! as most take to run.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

#[cfg(feature = "client-attestation")]
mod client_attestation;
#[cfg(feature = "dpop")]
mod dpop;
#[cfg(feature = "jwe")]
mod encryption;
mod inspecting;
mod jose_vectors;
mod key_selection;
mod keys;
mod leniency;
mod limits;
mod peers;
mod published_examples;
mod remote_signer;
mod rfc8725;
mod rotation;
mod times;
mod tokens;

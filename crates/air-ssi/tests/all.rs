//! Tests of issuing, presenting and verifying, with published vectors. They are one binary, because
//! linking it takes as long as running them.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod command_status;
mod commands;
mod contexts;
mod coverage;
mod dids;
mod issuing;
mod known_faults;
mod lock;
mod node_peers;
mod presenting;
mod status;
mod support;
mod tokens;
mod unlinkable;
mod vectors;

//! The formats, against vectors and peers. One program, since each costs as much to link as most take to run.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod containers;
mod hpke_peer;
mod limits;
mod node_peers;

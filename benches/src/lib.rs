//! Benches beside peers.

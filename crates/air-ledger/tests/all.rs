//! What the crate promises, as one program.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod merkle_vectors;

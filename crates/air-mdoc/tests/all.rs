//! Tests of credentials and presentations, with vectors, other implementations and properties.
//! They are one binary, because linking a binary takes as long as running most of them.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod interop;
mod issuing;
mod laws;
mod presenting;
mod rejections;
mod status_lists;
mod support;
mod untrusted_input;
mod vectors;

//! The tests of what the crate promises.

mod cheating;
mod commands;
mod completeness;
mod issuing;
mod lock;
mod ranges;
mod support;

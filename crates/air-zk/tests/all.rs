//! The tests of what the crate promises.

mod cheating;
mod completeness;
mod issuing;
mod ranges;
mod support;

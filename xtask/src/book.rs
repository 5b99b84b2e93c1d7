//! The book.

mod part;

pub(crate) use part::{PERFORMANCE, Part};

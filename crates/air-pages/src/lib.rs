#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod parts;

pub use parts::{id, problem, state, table};

/// The style sheet of all pages. Rules of single pages follow it.
pub const STYLE: &str = include_str!("../assets/style.css");

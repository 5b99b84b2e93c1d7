#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests fail by panic"
    )
)]

mod block;
mod parse;
mod select;

pub use block::{Block, Error, Label};
pub use parse::{blocks, without_byte_order_mark};
pub use select::{certificates, private_key, public_key};

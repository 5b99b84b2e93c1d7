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

mod error;
mod name;
mod nul;
mod number;
mod pointer;
mod read;
mod scan;
mod value;

pub use error::Error;
pub use name::is_reserved_name;
pub use nul::has_nul;
pub use pointer::JsonPointer;
pub use read::{check, read, read_object, without_bom};
pub use value::{check_members, check_value};

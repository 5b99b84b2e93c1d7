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

mod compact;
pub mod dcql;
mod error;
pub mod explain;
mod form;
pub mod oauth;
mod place;
#[cfg(feature = "qr")]
#[cfg_attr(docsrs, doc(cfg(feature = "qr")))]
pub mod qr_code;
pub mod vci;
pub mod vp;
mod web;

pub use air_ids::UnixTime;
pub use error::{Document, Error};

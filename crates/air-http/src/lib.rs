#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod etag;
pub mod gzip;
pub mod logo;
pub mod relay;
mod status;

pub use status::status;

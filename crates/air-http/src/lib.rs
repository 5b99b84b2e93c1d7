#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod etag;
mod host;
pub mod logo;
pub mod relay;
mod status;

pub use host::is_local_authority;
pub use status::status;

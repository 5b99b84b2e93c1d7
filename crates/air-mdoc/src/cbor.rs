//! CBOR (RFC 8949) under limits. [`Raw`] reads items and keeps their bytes; [`Writer`] writes them.
//!
//! Digests and signatures are over bytes as they were received, so nothing that was received is
//! decoded and encoded again.

mod fields;
mod raw;
mod scan;
mod writer;

pub(crate) use fields::Fields;
pub(crate) use raw::Raw;
pub(crate) use writer::Writer;

/// The maximum length of a credential or a response, in bytes. A portrait has some 100 kB.
pub(crate) const LENGTH_LIMIT: usize = 1024 * 1024;

//! SD-JWT (RFC 9901): claims hidden behind digests, and shown by disclosures. Signatures are made and checked elsewhere.

mod compact;
mod conceal;
mod disclosure;
mod reveal;

pub(crate) use compact::{Parts, join};
pub(crate) use conceal::{Concealed, conceal};
pub(crate) use disclosure::digest;
pub(crate) use reveal::{Revealed, reveal};

/// The most that is read of a compact SD-JWT.
pub(crate) const LENGTH_LIMIT: usize = 256 * 1024;
/// The most disclosures of a credential.
pub(crate) const DISCLOSURE_LIMIT: usize = 512;
/// The most levels of objects and arrays, with those that disclosures bring: revealing recurses.
pub(crate) const DEPTH_LIMIT: usize = 64;
/// The one hash function that digests are made with (RFC 9901, 4.1.1).
pub(crate) const HASH: &str = "sha-256";

/// Where digests of hidden members stand.
const DIGESTS: &str = "_sd";
/// The only member of what stands for a hidden item.
const ITEM_DIGEST: &str = "...";
/// Where the payload names the hash function.
pub(crate) const HASH_NAME: &str = "_sd_alg";

//! SD-JWT (RFC 9901): claims hidden behind digests and revealed by disclosures. Signatures are
//! created and verified elsewhere.

mod compact;
mod conceal;
mod disclosure;
mod reveal;

pub(crate) use compact::{Parts, join};
pub(crate) use conceal::{Concealed, conceal};
pub(crate) use disclosure::digest;
pub(crate) use reveal::{Revealed, reveal};

/// The maximum length of a compact SD-JWT.
pub(crate) const LENGTH_LIMIT: usize = 256 * 1024;
/// The maximum number of disclosures of a credential.
pub(crate) const DISCLOSURE_LIMIT: usize = 512;
/// The maximum number of levels of objects and arrays, including those in disclosures: revealing
/// recurses.
pub(crate) const DEPTH_LIMIT: usize = 64;
/// The only supported hash function of digests (RFC 9901, 4.1.1).
pub(crate) const HASH: &str = "sha-256";

/// The member with the digests of hidden members.
const DIGESTS: &str = "_sd";
/// The only member of the object that replaces a hidden item.
const ITEM_DIGEST: &str = "...";
/// The claim with the name of the hash function.
pub(crate) const HASH_NAME: &str = "_sd_alg";

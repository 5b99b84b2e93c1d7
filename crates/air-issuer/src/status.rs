//! Status lists: indices for new credentials, revocations, and the signed lists.

#[cfg(feature = "postgres")]
mod adopt;
mod allocate;
mod difference;
mod publish;
mod revoke;
mod spare;
mod unused;

#[cfg(feature = "postgres")]
pub(crate) use self::adopt::{adopt, open_list};
pub(crate) use self::{
    allocate::{Entry, allocate, open_first},
    difference::ListDifference,
    publish::Publisher,
    revoke::set_revoked,
    spare::{ReservedEntry, SpareEntries},
    unused::open_unused,
};

/// The lock of the lists: one transaction at a time takes indices.
const LOCK: &str = "status lists";

/// The path of the lists below the origin.
pub(crate) const PATH: &str = "/statuslist";

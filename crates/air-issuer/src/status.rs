//! Status lists: indices for new credentials, revocations, and the signed lists.

mod allocate;
mod publish;
mod revoke;
mod spare;

pub(crate) use self::{
    allocate::{Entry, allocate, open_first},
    publish::Publisher,
    revoke::set_revoked,
    spare::{ReservedEntry, SpareEntries},
};

/// The lock of the lists: one transaction at a time takes indices.
const LOCK: &str = "status lists";

/// The path of the lists below the origin.
pub(crate) const PATH: &str = "/statuslist";

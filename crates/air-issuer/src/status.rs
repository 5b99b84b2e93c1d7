//! Status lists: indices for new credentials, revocations, and the signed lists.

mod allocate;
mod publish;
mod revoke;

pub(crate) use self::{
    allocate::{Entry, allocate, open_first},
    publish::Publisher,
    revoke::set_revoked,
};

/// The lock of the lists: one transaction at a time takes indices.
const LOCK: &str = "status lists";

/// The path of the lists below the origin.
pub(crate) const PATH: &str = "/statuslist";

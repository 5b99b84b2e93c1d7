//! Backups as files: sealed while they are written, read back before they get their name, and opened.

mod destination;
mod recipient;
mod source;

pub(crate) use self::{destination::DestinationArgs, source::SourceArgs};

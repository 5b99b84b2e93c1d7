//! The members of a CBOR map that is a structure.

use super::Raw;
use crate::Error;

/// The members of one structure, by name. Members that this crate does not know are ignored: later
/// editions of ISO/IEC 18013-5 add some.
pub(crate) struct Fields<'a> {
    part: &'static str,
    members: Vec<(Raw<'a>, Raw<'a>)>,
}

impl<'a> Fields<'a> {
    /// Reads the members of `part`.
    pub(crate) fn of(raw: Raw<'a>, part: &'static str) -> Result<Self, Error> {
        let members = raw.map().ok_or(Error::Malformed {
            part,
            rule: "must be a map",
        })?;
        Ok(Self { part, members })
    }

    pub(crate) fn optional(&self, name: &str) -> Option<Raw<'a>> {
        self.members
            .iter()
            .find(|(key, _)| key.text() == Some(name))
            .map(|(_, value)| *value)
    }

    /// A member that must be there and have a type. `read` returns `None` for other types.
    pub(crate) fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(Raw<'a>) -> Option<T>,
    ) -> Result<T, Error> {
        self.optional(name).and_then(read).ok_or(Error::Member {
            part: self.part,
            name,
        })
    }

    /// A member that may be absent, but must have a type.
    pub(crate) fn typed<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(Raw<'a>) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.optional(name)
            .map(|raw| {
                read(raw).ok_or(Error::Member {
                    part: self.part,
                    name,
                })
            })
            .transpose()
    }

    /// A member with an integer as its name, as COSE has them.
    pub(crate) fn labelled(&self, label: i128) -> Option<Raw<'a>> {
        self.members
            .iter()
            .find(|(key, _)| key.integer() == Some(label))
            .map(|(_, value)| *value)
    }
}

//! Lists of one size, one after the other.

use rand_core::CryptoRng;

use super::{IndexAllocator, StatusReference};
use crate::Error;

/// The lists of an issuer: numbered from 0, all of one size, under `<base>/<number>`. One is open; when its last index is
/// taken, the next one opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPartitions {
    base: String,
    number: u64,
    open: IndexAllocator,
}

impl StatusPartitions {
    /// The first list, all free. `base` is the URI without the number: `https://issuer.example/statuslist`.
    ///
    /// # Errors
    /// [`Error::StatusListSize`] when a list can't have so many entries.
    pub fn new(base: impl Into<String>, size: u64) -> Result<Self, Error> {
        Ok(Self::resume(base, 0, IndexAllocator::new(size)?))
    }

    /// Goes on with the list of this number, whose indices were stored ([`IndexAllocator::from_bytes`]).
    #[must_use]
    pub fn resume(base: impl Into<String>, number: u64, open: IndexAllocator) -> Self {
        let mut base = base.into();
        base.truncate(base.trim_end_matches('/').len());
        Self { base, number, open }
    }

    /// A place for one more credential. Store [`Self::number`] and [`Self::open`] before the credential leaves.
    pub fn allocate(&mut self, rng: &mut impl CryptoRng) -> StatusReference {
        let index = self.open.allocate(rng).unwrap_or_else(|| {
            self.number += 1;
            self.open = IndexAllocator::new(self.size()).expect("this size was possible before");
            self.open.allocate(rng).expect("a new list has a free index")
        });
        StatusReference {
            uri: self.uri(self.number),
            index,
        }
    }

    /// The open list's number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The open list's indices.
    #[must_use]
    pub fn open(&self) -> &IndexAllocator {
        &self.open
    }

    /// How many entries each list has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.open.entries()
    }

    /// The URI of a list.
    #[must_use]
    pub fn uri(&self, number: u64) -> String {
        format!("{}/{number}", self.base)
    }

    /// The number of the list with this URI, if it is one of these that was opened.
    #[must_use]
    pub fn number_of(&self, uri: &str) -> Option<u64> {
        let number = uri.strip_prefix(&self.base)?.strip_prefix('/')?.parse().ok()?;
        (number <= self.number && self.uri(number) == uri).then_some(number)
    }
}

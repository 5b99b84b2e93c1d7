//! The numbered lists of an issuer.

use rand_core::CryptoRng;

use super::{IndexAllocator, StatusReference};
use crate::Error;

/// The lists of an issuer: all of one size, numbered from 0, under `<base>/<number>`. One list is
/// open. When its last index is taken, the next list opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPartitions {
    base: String,
    number: u64,
    open: IndexAllocator,
}

impl StatusPartitions {
    /// Opens the first list with all indices free. `base` is the URI without the number:
    /// `https://issuer.example/statuslist`.
    ///
    /// # Errors
    /// [`Error::StatusListSize`] if a list can't have that many entries.
    pub fn new(base: impl Into<String>, size: u64) -> Result<Self, Error> {
        Ok(Self::resume(base, 0, IndexAllocator::new(size)?))
    }

    /// Resumes with the list of this number and its stored indices
    /// ([`IndexAllocator::from_bytes`]).
    #[must_use]
    pub fn resume(base: impl Into<String>, number: u64, open: IndexAllocator) -> Self {
        let mut base = base.into();
        base.truncate(base.trim_end_matches('/').len());
        Self { base, number, open }
    }

    /// Allocates an entry for a credential. Store [`Self::number`] and [`Self::open`] before you
    /// deliver the credential.
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

    /// The allocator of the open list.
    #[must_use]
    pub fn open(&self) -> &IndexAllocator {
        &self.open
    }

    /// The number of entries of each list.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.open.entries()
    }

    /// The URI of a list.
    #[must_use]
    pub fn uri(&self, number: u64) -> String {
        format!("{}/{number}", self.base)
    }

    /// The number of the list with this URI, if it is an opened list of this issuer.
    #[must_use]
    pub fn number_of(&self, uri: &str) -> Option<u64> {
        let number = uri.strip_prefix(&self.base)?.strip_prefix('/')?.parse().ok()?;
        (number <= self.number && self.uri(number) == uri).then_some(number)
    }
}

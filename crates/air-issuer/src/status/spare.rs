//! Taken entries that no credential has yet: those that were taken in advance, and those whose credential was not
//! recorded, because a key did not sign. The next credentials get them. A process that stops loses its spare entries.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

use super::Entry;

/// Taken entries that no credential has. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpareEntries {
    /// The entries in the order in which they are used.
    entries: Arc<Mutex<VecDeque<Entry>>>,
    /// One caller at a time takes entries in advance.
    refill: Arc<tokio::sync::Mutex<()>>,
}

/// An entry that becomes a spare one when it is dropped, unless it is used.
#[derive(Debug)]
pub(crate) struct ReservedEntry {
    entry: Entry,
    is_used: bool,
    spares: SpareEntries,
}

impl SpareEntries {
    /// Reserves a spare entry.
    pub(crate) fn take(&self) -> Option<ReservedEntry> {
        let entry = self.locked().pop_front()?;
        Some(self.reserve(entry))
    }

    /// Adds entries that were taken in advance.
    pub(crate) fn add(&self, entries: Vec<Entry>) {
        self.locked().extend(entries);
    }

    /// Waits until no other caller takes entries in advance.
    pub(crate) async fn refill(&self) -> OwnedMutexGuard<()> {
        self.refill.clone().lock_owned().await
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves an entry that was taken just now.
    pub(crate) fn reserve(&self, entry: Entry) -> ReservedEntry {
        ReservedEntry {
            entry,
            is_used: false,
            spares: self.clone(),
        }
    }
}

impl ReservedEntry {
    pub(crate) fn entry(&self) -> Entry {
        self.entry
    }

    /// Leaves the entry to the credential that is recorded with it.
    pub(crate) fn set_used(mut self) {
        self.is_used = true;
    }
}

impl Drop for ReservedEntry {
    fn drop(&mut self) {
        if !self.is_used {
            self.spares.locked().push_front(self.entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_reserved_by_one_caller_and_returns_until_it_is_used() {
        let spares = SpareEntries::default();
        let entry = Entry { list: 0, index: 7 };
        drop(spares.reserve(entry));
        let reserved = spares.take().unwrap();
        assert_eq!(reserved.entry(), entry);
        assert!(spares.take().is_none());
        drop(reserved);
        spares.take().unwrap().set_used();
        assert!(spares.take().is_none());
    }
}

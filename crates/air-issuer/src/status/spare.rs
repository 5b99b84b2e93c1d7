//! Taken entries whose credential was not recorded, because a slow key did not sign. The next credential gets them.

use std::sync::{Arc, Mutex, PoisonError};

use super::Entry;

/// Taken entries that no credential has. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpareEntries(Arc<Mutex<Vec<Entry>>>);

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
        let entry = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(self.reserve(entry))
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
            let mut spares = self.spares.0.lock().unwrap_or_else(PoisonError::into_inner);
            spares.push(self.entry);
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

//! Indices in the open list: random, or sequential in a list that another service began.

use air_vc::status::{IndexAllocator, StatusBits, StatusList};
use rand::CryptoRng;

use super::LOCK;
use crate::{
    Error,
    store::{WriteTx, status_lists},
};

/// The entry of a new credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) list: u64,
    pub(crate) index: u64,
}

/// Creates the first list, so that it is served before the first credential exists. Without any
/// credential, a list of another size is replaced.
pub(crate) async fn open_first(tx: &mut WriteTx, size: u64, is_frozen: bool) -> Result<(), Error> {
    tx.lock(LOCK).await?;
    if let Some(open) = status_lists::find_open(tx).await? {
        let is_same = IndexAllocator::from_bytes(&open.allocated).is_ok_and(|list| list.entries() == size);
        if is_frozen || is_same {
            return Ok(());
        }
        status_lists::delete_all(tx).await?;
    }
    let allocator = IndexAllocator::new(size).map_err(Error::Sign)?;
    insert(tx, 0, &allocator).await
}

/// Takes free indices of the open list, and opens the next list if it is full.
pub(crate) async fn allocate(
    tx: &mut WriteTx,
    size: u64,
    count: usize,
    rng: &mut impl CryptoRng,
) -> Result<Vec<Entry>, Error> {
    tx.lock(LOCK).await?;
    let mut entries = Vec::with_capacity(count);
    let mut list = match status_lists::find_open(tx).await? {
        Some(open) => OpenList {
            number: open.number,
            allocator: IndexAllocator::from_bytes(&open.allocated).map_err(|_| damaged())?,
            next: open.next,
            is_stored: true,
        },
        None => OpenList::new(0, size)?,
    };
    loop {
        list.take(count - entries.len(), rng, &mut entries);
        list.store(tx).await?;
        if entries.len() >= count {
            return Ok(entries);
        }
        list = OpenList::new(list.number + 1, list.allocator.entries())?;
    }
}

/// The list in which indices are taken.
struct OpenList {
    number: u64,
    allocator: IndexAllocator,
    /// The next index, if indices are sequential. The list after it has random indices.
    next: Option<u64>,
    is_stored: bool,
}

impl OpenList {
    fn new(number: u64, size: u64) -> Result<Self, Error> {
        Ok(Self {
            number,
            allocator: IndexAllocator::new(size).map_err(Error::Sign)?,
            next: None,
            is_stored: false,
        })
    }

    /// Takes at most `count` indices, as long as there are free ones.
    fn take(&mut self, count: usize, rng: &mut impl CryptoRng, entries: &mut Vec<Entry>) {
        for _ in 0..count {
            let index = match self.next {
                Some(next) => take_from(&mut self.allocator, next),
                None => self.allocator.allocate(rng),
            };
            let Some(index) = index else { return };
            self.next = self.next.map(|_| index + 1);
            entries.push(Entry {
                list: self.number,
                index,
            });
        }
    }

    async fn store(&self, tx: &mut WriteTx) -> Result<(), Error> {
        if !self.is_stored {
            return insert(tx, self.number, &self.allocator).await;
        }
        status_lists::set_allocated(tx, self.number, &self.allocator.to_bytes()).await?;
        if let Some(next) = self.next {
            status_lists::set_next(tx, self.number, next).await?;
        }
        Ok(())
    }
}

/// Takes the first free index from `next` on.
fn take_from(allocator: &mut IndexAllocator, next: u64) -> Option<u64> {
    (next..allocator.entries()).find(|index| matches!(allocator.take(*index), Ok(true)))
}

pub(super) fn damaged() -> Error {
    Error::Damaged {
        what: "the taken indices of a status list",
    }
}

/// Stores a list without revoked credentials.
pub(super) async fn insert(tx: &mut WriteTx, list: u64, allocator: &IndexAllocator) -> Result<(), Error> {
    let statuses = StatusList::new(StatusBits::One, allocator.entries()).map_err(Error::Sign)?;
    status_lists::insert(tx, list, &allocator.to_bytes(), &statuses.to_zlib()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::DatabaseConfig, store::Store};

    #[tokio::test]
    async fn several_indices_at_once_fill_a_list_and_go_on_in_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        let mut tx = store.write().await.unwrap();
        open_first(&mut tx, 16, false).await.unwrap();
        let mut rng = rand::rng();
        let mut taken = Vec::new();
        for count in [3, 20, 9, 1, 15] {
            let entries = allocate(&mut tx, 16, count, &mut rng).await.unwrap();
            assert_eq!(entries.len(), count);
            taken.extend(entries.iter().map(|entry| (entry.list, entry.index)));
        }
        taken.sort_unstable();
        let all: Vec<_> = (0..3)
            .flat_map(|list| (0..16).map(move |index| (list, index)))
            .collect();
        assert_eq!(taken, all);
    }

    #[test]
    fn sequential_indices_leave_out_taken_ones_and_end_with_the_list() {
        let mut allocator = IndexAllocator::new(8).unwrap();
        for taken in [0, 1, 2, 6] {
            allocator.take(taken).unwrap();
        }
        let taken = [3, 4, 5, 6, 8].map(|next| take_from(&mut allocator, next));
        assert_eq!(taken, [Some(3), Some(4), Some(5), Some(7), None]);
        assert_eq!(allocator.free(), 0);
    }
}

//! Indices in the open list: random, or sequential in a list that another service began.

use air_vc::status::{IndexAllocator, StatusBits, StatusList, StatusPartitions};
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

/// Takes a free index of the open list, and opens the next list if it is full.
pub(crate) async fn allocate(tx: &mut WriteTx, size: u64, rng: &mut impl CryptoRng) -> Result<Entry, Error> {
    tx.lock(LOCK).await?;
    let open = status_lists::find_open(tx).await?;
    let (number, allocator) = match &open {
        Some(open) => (open.number, IndexAllocator::from_bytes(&open.allocated)),
        None => (0, IndexAllocator::new(size)),
    };
    let allocator = allocator.map_err(|_| damaged())?;
    if let Some(next) = open.as_ref().and_then(|open| open.next) {
        return allocate_next(tx, number, allocator, next, rng).await;
    }
    let mut partitions = StatusPartitions::resume("", number, allocator);
    let index = partitions.allocate(rng).index;
    let list = partitions.number();
    if open.is_some() && list == number {
        status_lists::set_allocated(tx, list, &partitions.open().to_bytes()).await?;
    } else {
        insert(tx, list, partitions.open()).await?;
    }
    Ok(Entry { list, index })
}

/// Takes the next index of a list whose indices are sequential. The list after it has random indices.
async fn allocate_next(
    tx: &mut WriteTx,
    number: u64,
    mut allocator: IndexAllocator,
    next: u64,
    rng: &mut impl CryptoRng,
) -> Result<Entry, Error> {
    if let Some(index) = take_from(&mut allocator, next) {
        status_lists::set_allocated(tx, number, &allocator.to_bytes()).await?;
        status_lists::set_next(tx, number, index + 1).await?;
        return Ok(Entry { list: number, index });
    }
    let list = number + 1;
    let mut allocator = IndexAllocator::new(allocator.entries()).map_err(Error::Sign)?;
    let index = allocator.allocate(rng).ok_or_else(damaged)?;
    insert(tx, list, &allocator).await?;
    Ok(Entry { list, index })
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

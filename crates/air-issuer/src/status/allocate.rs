//! Random indices in the open list.

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

/// Takes a random free index of the open list, and opens the next list if it is full.
pub(crate) async fn allocate(tx: &mut WriteTx, size: u64, rng: &mut impl CryptoRng) -> Result<Entry, Error> {
    tx.lock(LOCK).await?;
    let open = status_lists::find_open(tx).await?;
    let (number, allocator) = match &open {
        Some(open) => (open.number, IndexAllocator::from_bytes(&open.allocated)),
        None => (0, IndexAllocator::new(size)),
    };
    let allocator = allocator.map_err(|_| Error::Damaged {
        what: "the taken indices of a status list",
    })?;
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

async fn insert(tx: &mut WriteTx, list: u64, allocator: &IndexAllocator) -> Result<(), Error> {
    let statuses = StatusList::new(StatusBits::One, allocator.entries()).map_err(Error::Sign)?;
    status_lists::insert(tx, list, &allocator.to_bytes(), &statuses.to_zlib()).await?;
    Ok(())
}

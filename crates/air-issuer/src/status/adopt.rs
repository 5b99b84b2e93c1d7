//! The lists that another service began: their taken indices, and the order of those that follow.

use air_vc::status::IndexAllocator;

use super::{LOCK, allocate};
use crate::{
    Error,
    store::{WriteTx, status_lists},
};

/// The list in which an index follows the first `taken` ones of all lists, and the index. It is the
/// size of the list if the list is full.
pub(crate) fn open_list(size: u64, taken: u64) -> Option<(u64, u64)> {
    let last = taken.checked_sub(1)?;
    let list = last.checked_div(size)?;
    Some((list, taken - list * size))
}

/// Marks the first `taken` indices of all lists as taken, whichever of them have a credential, and
/// creates the lists that are missing. The newest of these lists continues with sequential indices.
pub(crate) async fn adopt(tx: &mut WriteTx, size: u64, taken: u64) -> Result<(), Error> {
    let Some((open, next)) = open_list(size, taken) else {
        return Ok(());
    };
    tx.lock(LOCK).await?;
    for list in 0..=open {
        let local = if list == open { next } else { size };
        let known_next = take_first(tx, list, size, local).await?;
        if list == open && known_next.is_none_or(|known| known < next) {
            status_lists::set_next(tx, list, next).await?;
        }
    }
    Ok(())
}

/// Takes the first indices of a list. Returns the next one, if the indices of the list are sequential.
async fn take_first(tx: &mut WriteTx, list: u64, size: u64, local: u64) -> Result<Option<u64>, Error> {
    let Some((stored, next)) = status_lists::find_allocated(tx, list).await? else {
        let mut allocator = IndexAllocator::new(size).map_err(Error::Sign)?;
        mark(&mut allocator, local)?;
        allocate::insert(tx, list, &allocator).await?;
        return Ok(None);
    };
    let mut allocator = IndexAllocator::from_bytes(&stored).map_err(|_| Error::Damaged {
        what: "the taken indices of a status list",
    })?;
    let free = allocator.free();
    mark(&mut allocator, local)?;
    if allocator.free() != free {
        status_lists::set_allocated(tx, list, &allocator.to_bytes()).await?;
    }
    Ok(next)
}

fn mark(allocator: &mut IndexAllocator, local: u64) -> Result<(), Error> {
    for index in 0..local {
        allocator.take(index).map_err(Error::Sign)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_list_is_the_one_of_the_last_index() {
        for (taken, expected) in [
            (0, None),
            (1, Some((0, 1))),
            (15, Some((0, 15))),
            (16, Some((0, 16))),
            (17, Some((1, 1))),
            (33, Some((2, 1))),
        ] {
            assert_eq!(open_list(16, taken), expected, "{taken}");
        }
        assert_eq!(open_list(0, 5), None);
    }
}

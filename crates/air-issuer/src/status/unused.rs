//! A list that no credential can refer to yet, even if the database lacks the newest credentials.

use air_ids::UnixTime;
use air_vc::status::IndexAllocator;

use super::{
    LOCK,
    allocate::{self, damaged},
};
use crate::{
    Error,
    store::{WriteTx, status_lists},
};

/// Ends the open list, and opens one whose number no list had before: the time in seconds.
///
/// The database was restored, so indices of the open list, and of lists after it, may have been taken since its backup.
/// Numbers count from 0, or from the time of an earlier restore, and a list is opened when the one before is full. So
/// a later number would need more than one full list for each second.
///
/// Returns the number of the new list. `None` if there are no lists.
pub(crate) async fn open_unused(tx: &mut WriteTx, now: UnixTime) -> Result<Option<u64>, Error> {
    tx.lock(LOCK).await?;
    let Some(open) = status_lists::find_open(tx).await? else {
        return Ok(None);
    };
    let mut full = IndexAllocator::from_bytes(&open.allocated).map_err(|_| damaged())?;
    for index in 0..full.entries() {
        full.take(index).map_err(Error::Sign)?;
    }
    status_lists::set_allocated(tx, open.number, &full.to_bytes()).await?;
    let number = now.as_secs().max(open.number.saturating_add(1));
    let empty = IndexAllocator::new(full.entries()).map_err(Error::Sign)?;
    allocate::insert(tx, number, &empty).await?;
    Ok(Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::DatabaseConfig, status, store::Store};

    #[tokio::test]
    async fn new_entries_are_in_a_list_that_did_not_exist() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let now = UnixTime::from_secs(1_800_000_000);
        assert_eq!(open_unused(&mut tx, now).await.unwrap(), None);
        status::open_first(&mut tx, 16, false).await.unwrap();
        let mut rng = rand::rng();
        let before = status::allocate(&mut tx, 16, 1, &mut rng).await.unwrap();
        assert_eq!(before[0].list, 0);

        assert_eq!(open_unused(&mut tx, now).await.unwrap(), Some(1_800_000_000));
        let entries = status::allocate(&mut tx, 16, 17, &mut rng).await.unwrap();
        let lists: Vec<_> = entries.iter().map(|entry| entry.list).collect();
        assert_eq!(lists[..16], [1_800_000_000; 16]);
        assert_eq!(lists[16], 1_800_000_001);
        // A clock that went back gives a new number, too.
        let again = open_unused(&mut tx, UnixTime::from_secs(5)).await.unwrap();
        assert_eq!(again, Some(1_800_000_002));
    }
}

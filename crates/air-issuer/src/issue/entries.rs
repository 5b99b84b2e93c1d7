//! Indices of status lists for new credentials.

use rand::{SeedableRng, rngs::StdRng};

use crate::{
    Error,
    state::State,
    status::{self, Entry, ReservedEntry},
    store::WriteTx,
};

/// The maximum number of indices that are taken in advance.
const ADVANCE: usize = 64;
/// A list has at least this many times more entries than are taken in advance: a process that stops loses those that
/// it has taken.
const ADVANCE_PART: u64 = 1_024;

impl State {
    /// Takes indices for new credentials in a transaction. Empty without status lists.
    pub(crate) async fn allocate(&self, tx: &mut WriteTx, count: usize) -> Result<Vec<Entry>, Error> {
        let Some(lists) = &self.lists else {
            return Ok(Vec::new());
        };
        let mut rng = StdRng::from_rng(&mut rand::rng());
        status::allocate(tx, lists.size(), count, &mut rng).await
    }

    /// Reserves an index for a new credential. `None` without status lists. Several indices are taken at once, so that
    /// most credentials need no transaction for theirs.
    pub(super) async fn reserve_one(&self) -> Result<Option<ReservedEntry>, Error> {
        let Some(lists) = &self.lists else {
            return Ok(None);
        };
        if let Some(spare) = self.spare_entries.take() {
            return Ok(Some(spare));
        }
        let _turn = self.spare_entries.refill().await;
        if let Some(spare) = self.spare_entries.take() {
            return Ok(Some(spare));
        }
        let mut tx = self.store.write().await?;
        let mut taken = self.allocate(&mut tx, advance(lists.size())).await?;
        tx.commit().await?;
        let first = taken.remove(0);
        self.spare_entries.add(taken);
        Ok(Some(self.spare_entries.reserve(first)))
    }

    /// Takes this number of indices, and commits the transaction, so that no lock is held while a slow key signs. Empty
    /// without status lists.
    #[cfg(feature = "openid4vc")]
    pub(crate) async fn reserve(&self, mut tx: WriteTx, number: usize) -> Result<Vec<ReservedEntry>, Error> {
        if self.lists.is_none() {
            tx.commit().await?;
            return Ok(Vec::new());
        }
        let mut reserved = Vec::with_capacity(number);
        while reserved.len() < number
            && let Some(spare) = self.spare_entries.take()
        {
            reserved.push(spare);
        }
        let taken = self.allocate(&mut tx, number - reserved.len()).await?;
        tx.commit().await?;
        reserved.extend(taken.into_iter().map(|entry| self.spare_entries.reserve(entry)));
        Ok(reserved)
    }
}

/// The number of indices that are taken at once in lists of this size.
fn advance(size: u64) -> usize {
    let part = usize::try_from(size / ADVANCE_PART).unwrap_or(ADVANCE);
    part.clamp(1, ADVANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_list_loses_no_index_and_a_large_one_few() {
        assert_eq!([8, 2_000, 131_072, 1 << 24].map(advance), [1, 1, 64, 64]);
    }
}

//! The choice of the next checkpoint for the chain.

use std::time::Duration;

use air_ids::UnixTime;
use air_ledger::merkle::{Hash, consistency_ranges};
use air_store::ledger;

use super::outbox::{Anchored, OutboxError};
use crate::{App, anchoring};

/// The number of new entries at which a checkpoint does not wait for its time.
const ENTRY_LIMIT: u64 = 10_000;

/// A root of the ledger, with the proof that it extends the chain's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of leaves.
    pub size: u64,
    /// The root.
    pub root: Hash,
    /// The consistency proof from the checkpoint before; empty for the first.
    pub path: Vec<Hash>,
}

/// Checks whether it is time for the next checkpoint: at most one in each period, or as soon as
/// there are 10,000 new entries.
#[must_use]
pub fn is_due(newest: Option<&Anchored>, tree_size: u64, now: UnixTime, every: Duration) -> bool {
    match newest {
        None => tree_size > 0,
        Some(newest) => {
            let new_entries = tree_size.saturating_sub(newest.size);
            // If the clock went back, the age is unknown.
            let is_old = now
                .checked_duration_since(newest.stored_at)
                .is_none_or(|age| age >= every);
            new_entries > 0 && (new_entries >= ENTRY_LIMIT || is_old)
        }
    }
}

/// Returns the checkpoint of the newest block, which extends the tree of `previous` leaves. `None`
/// if the ledger has fewer leaves.
pub async fn next_checkpoint(app: &App, previous: u64) -> Result<Option<Checkpoint>, OutboxError> {
    let mut read = app.store.read().await?;
    let Some(head) = ledger::head(&mut read).await? else {
        return Ok(None);
    };
    checkpoint_at(&mut read, previous, head.tree_size).await
}

async fn checkpoint_at(
    tx: &mut air_store::ReadTx,
    previous: u64,
    size: u64,
) -> Result<Option<Checkpoint>, OutboxError> {
    let Some(root) = ledger::root_at(tx, size).await? else {
        return Ok(None);
    };
    let ranges = match previous {
        0 => Some(Vec::new()),
        previous => consistency_ranges(previous, size),
    };
    let Some(ranges) = ranges else {
        return Ok(None);
    };
    let path = anchoring::nodes(tx, ranges).await?;
    Ok(Some(Checkpoint { size, root, path }))
}

/// Returns the root of the tree with the first `size` leaves. `None` if the ledger has fewer leaves.
pub async fn root_at(app: &App, size: u64) -> Result<Option<Hash>, OutboxError> {
    Ok(ledger::root_at(&mut *app.store.read().await?, size).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[test]
    fn a_checkpoint_waits_for_its_time_or_for_many_entries() {
        let newest = Anchored {
            size: 100,
            root: [1; 32],
            stored_at: at(1000),
        };
        let every = Duration::from_secs(15);
        for (tree_size, now, expected) in [
            (100, 2000, false),
            (99, 2000, false),
            (101, 1014, false),
            (101, 1015, true),
            (10_099, 1000, false),
            (10_100, 1000, true),
            (101, 900, true),
        ] {
            assert_eq!(
                is_due(Some(&newest), tree_size, at(now), every),
                expected,
                "{tree_size} at {now}"
            );
        }
        assert!(is_due(None, 1, at(0), every), "the first goes at once");
        assert!(
            !is_due(None, 0, at(0), every),
            "an empty ledger has no checkpoint"
        );
        assert!(is_due(Some(&newest), 101, at(1001), Duration::from_millis(200)));
    }
}

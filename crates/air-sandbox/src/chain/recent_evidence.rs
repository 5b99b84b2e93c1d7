//! The evidence that the node returned lately. Proofs are public, so their callers must not use up
//! the node's requests.

use std::{
    collections::VecDeque,
    future::Future,
    time::{Duration, Instant},
};

use air_ledger::evm::Evidence;
use tokio::sync::Mutex;

/// The time for which evidence is cached. It stays valid: only its block gets older.
const LIFETIME: Duration = Duration::from_secs(30);
/// The time for which a failure is cached.
const FAILURE_LIFETIME: Duration = Duration::from_secs(2);
/// The capacity in ledger sizes.
const CAPACITY: usize = 64;

/// The node did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoAnswer;

/// The answer of the node: no evidence if the chain has no such proofs.
pub(super) type Outcome = Result<Option<Evidence>, NoAnswer>;

/// The evidence by ledger size. One caller at a time asks the node, while the others wait for it.
#[derive(Default)]
pub(super) struct RecentEvidence(Mutex<VecDeque<Entry>>);

struct Entry {
    size: u64,
    until: Instant,
    outcome: Outcome,
}

impl RecentEvidence {
    /// Returns the cached evidence of a size, or asks for it.
    pub(super) async fn get(&self, size: u64, ask: impl Future<Output = Outcome>) -> Outcome {
        let mut entries = self.0.lock().await;
        let now = Instant::now();
        entries.retain(|entry| entry.until > now);
        if let Some(entry) = entries.iter().find(|entry| entry.size == size) {
            return entry.outcome.clone();
        }
        let outcome = ask.await;
        let lifetime = if outcome.is_ok() {
            LIFETIME
        } else {
            FAILURE_LIFETIME
        };
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Entry {
            size,
            until: Instant::now() + lifetime,
            outcome: outcome.clone(),
        });
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sizes_are_bounded_and_the_newest_stay() {
        let recent = RecentEvidence::default();
        for size in 0..=CAPACITY as u64 {
            assert_eq!(recent.get(size, async { Ok(None) }).await, Ok(None));
        }
        let not_asked = async { Err(NoAnswer) };
        assert_eq!(recent.get(1, not_asked).await, Ok(None));
        let asked = async { Err(NoAnswer) };
        assert_eq!(recent.get(0, asked).await, Err(NoAnswer));
        let not_asked = async { Ok(None) };
        assert_eq!(recent.get(0, not_asked).await, Err(NoAnswer));
    }
}

//! One upload at a time for each credential, in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

type Lock = Arc<tokio::sync::Mutex<()>>;

/// Locks by credential. A lock is removed when no caller holds it or waits for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashMap<String, Lock>>>);

/// The lock of a credential, until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlightGuard {
    locks: InFlight,
    external_id: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl InFlight {
    /// Waits until no other caller has the credential's lock.
    pub(crate) async fn lock(&self, external_id: &str) -> InFlightGuard {
        let lock = {
            let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(external_id.to_owned()).or_default().clone()
        };
        // If the caller stops waiting, the guard still removes the lock.
        let mut guard = InFlightGuard {
            locks: self.clone(),
            external_id: external_id.to_owned(),
            guard: None,
        };
        guard.guard = Some(lock.lock_owned().await);
        guard
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        let mut locks = self.locks.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // The map has the only reference if nobody else holds the lock or waits for it.
        if locks
            .get(&self.external_id)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.external_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn callers_take_turns_and_leave_nothing_behind() {
        let locks = InFlight::default();
        let first = locks.lock("a").await;
        let other = locks.lock("b").await;
        let waiting = tokio::spawn({
            let locks = locks.clone();
            async move { drop(locks.lock("a").await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        assert_eq!(locks.len(), 2);
        drop(first);
        waiting.await.unwrap();
        drop(other);
        assert_eq!(locks.len(), 0);
    }

    #[tokio::test]
    async fn a_caller_who_stops_waiting_leaves_nothing_behind() {
        let locks = InFlight::default();
        let first = locks.lock("a").await;
        let waiting = tokio::spawn({
            let locks = locks.clone();
            async move { drop(locks.lock("a").await) }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        drop(first);
        assert_eq!(locks.len(), 0);
    }
}

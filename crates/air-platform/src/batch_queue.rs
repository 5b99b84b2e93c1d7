//! A queue whose items are processed in batches: those that arrive while the writer is busy make up the next batch.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The queue. Clones share it.
pub(crate) struct BatchQueue<T>(Arc<Mutex<Waiting<T>>>);

struct Waiting<T> {
    queued: VecDeque<T>,
    /// Whether a leader waits for the writer.
    is_led: bool,
}

impl<T> BatchQueue<T> {
    /// Returns the number of queued items.
    pub(crate) fn queued(&self) -> usize {
        self.waiting().queued.len()
    }

    /// Checks whether the sizes of the queued items add up to less than `limit`. Items whose callers disconnected count, because
    /// they stay in the queue.
    #[cfg_attr(
        not(feature = "openid4vc"),
        allow(dead_code, reason = "only the queue of wallets has a limit")
    )]
    pub(crate) fn has_room(&self, limit: usize, size: impl Fn(&T) -> usize) -> bool {
        self.waiting().queued.iter().map(size).sum::<usize>() < limit
    }

    /// Changes each queued item.
    #[cfg(test)]
    pub(crate) fn change_queued(&self, change: impl FnMut(&mut T)) {
        self.waiting().queued.iter_mut().for_each(change);
    }

    /// Queues an item. Returns a leader if the caller must run one.
    pub(crate) fn join(&self, item: T) -> Option<Leader<T>> {
        let mut waiting = self.waiting();
        waiting.queued.push_back(item);
        let is_led = std::mem::replace(&mut waiting.is_led, true);
        (!is_led).then(|| Leader::of(self.clone()))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        // Nothing that holds this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A manual implementation, because `derive` would require `T: Clone`.
impl<T> Clone for BatchQueue<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for BatchQueue<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Waiting {
            queued: VecDeque::new(),
            is_led: false,
        })))
    }
}

impl<T> fmt::Debug for BatchQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchQueue").finish_non_exhaustive()
    }
}

/// The right to take the next batch. If it is dropped instead, the queued items are dropped.
pub(crate) struct Leader<T> {
    queue: BatchQueue<T>,
    has_taken_batch: bool,
}

impl<T> Leader<T> {
    fn of(queue: BatchQueue<T>) -> Self {
        let has_taken_batch = false;
        Self {
            queue,
            has_taken_batch,
        }
    }

    /// Returns the first items whose sizes add up to at most `limit`, at least one, and the leader of the next batch if items
    /// are left.
    pub(crate) fn take_batch(mut self, limit: usize, size: impl Fn(&T) -> usize) -> (Vec<T>, Option<Self>) {
        self.has_taken_batch = true;
        let mut waiting = self.queue.waiting();
        let (mut batch, mut sum) = (Vec::new(), 0_usize);
        while let Some(next) = waiting.queued.pop_front() {
            sum = sum.saturating_add(size(&next));
            if sum > limit && !batch.is_empty() {
                waiting.queued.push_front(next);
                break;
            }
            batch.push(next);
        }
        waiting.is_led = !waiting.queued.is_empty();
        let next = waiting.is_led.then(|| Self::of(self.queue.clone()));
        drop(waiting);
        (batch, next)
    }
}

impl<T> Drop for Leader<T> {
    fn drop(&mut self) {
        if !self.has_taken_batch {
            let mut waiting = self.queue.waiting();
            waiting.is_led = false;
            waiting.queued.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(leader: Option<Leader<usize>>) -> (Vec<usize>, Option<Leader<usize>>) {
        leader.unwrap().take_batch(4, |size| *size)
    }

    #[test]
    fn a_batch_has_the_first_items_up_to_the_limit() {
        let queue = BatchQueue::default();
        let leader = queue.join(1);
        for size in [3, 1, 9, 4] {
            assert!(queue.join(size).is_none(), "one leader waits");
        }
        assert!(queue.has_room(19, |size| *size) && !queue.has_room(18, |size| *size));
        let (batch, leader) = take(leader);
        assert_eq!((batch, queue.queued()), (vec![1, 3], 3));
        let (batch, leader) = take(leader);
        assert_eq!(batch, [1]);
        let (batch, leader) = take(leader);
        assert_eq!(batch, [9], "a batch has at least one item");
        let (batch, leader) = take(leader);
        assert_eq!(batch, [4]);
        assert!(leader.is_none());
        assert!(queue.join(2).is_some());
    }

    #[test]
    fn the_items_of_a_dropped_leader_are_dropped() {
        let queue = BatchQueue::default();
        let leader = queue.join(1);
        queue.join(2);
        drop(leader);
        assert_eq!(queue.queued(), 0);
        assert!(queue.join(3).is_some());
    }
}

//! A cache with a limit.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// The default limit, for small values.
const CAPACITY: usize = 1000;

/// A cache of at most `N` entries. Clones share it.
pub(super) struct BoundedCache<K, V, const N: usize = CAPACITY>(Arc<Mutex<Entries<K, V>>>);

struct Entries<K, V> {
    /// The values with the numbers of their insertions.
    values: HashMap<K, (Arc<V>, u64)>,
    /// The keys by the number of their insertion. A replaced value keeps its number.
    order: BTreeMap<u64, K>,
    /// The number of the next insertion.
    next: u64,
}

impl<K: Hash + Eq + Clone, V, const N: usize> BoundedCache<K, V, N> {
    pub(super) fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: std::borrow::Borrow<Q>,
    {
        // Nothing that holds this lock panics.
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.values.get(key).map(|(value, _)| value.clone())
    }

    pub(super) fn clear(&self) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.values.clear();
        entries.order.clear();
    }

    pub(super) fn remove<Q: Hash + Eq + ?Sized>(&self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
    {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, number)) = entries.values.remove(key) {
            entries.order.remove(&number);
        }
    }

    /// Removes the entries whose values do not satisfy a condition.
    #[cfg_attr(
        not(feature = "openid4vc"),
        allow(dead_code, reason = "only access tokens of wallets end")
    )]
    pub(super) fn retain(&self, is_kept: impl Fn(&V) -> bool) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Entries { values, order, .. } = &mut *entries;
        values.retain(|_, (value, number)| {
            let is_kept = is_kept(value);
            if !is_kept {
                order.remove(number);
            }
            is_kept
        });
    }

    /// Inserts or replaces an entry. A full cache evicts its oldest entry.
    pub(super) fn insert(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Entries { values, order, next } = &mut *entries;
        match values.entry(key) {
            Entry::Occupied(mut entry) => entry.get_mut().0 = value.clone(),
            Entry::Vacant(entry) => {
                order.insert(*next, entry.key().clone());
                entry.insert((value.clone(), *next));
                *next += 1;
            }
        }
        if values.len() > N
            && let Some((_, oldest)) = order.pop_first()
        {
            values.remove(&oldest);
        }
        value
    }
}

/// A manual implementation, because `derive` would require `K: Clone` and `V: Clone`.
impl<K, V, const N: usize> Clone for BoundedCache<K, V, N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V, const N: usize> Default for BoundedCache<K, V, N> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Entries {
            values: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_cache_evicts_its_oldest_entry_alone() {
        let cache = BoundedCache::<_, _>::default();
        for number in 0..CAPACITY {
            cache.insert(number, number);
        }
        // This replaces an entry, so no other one is evicted.
        cache.insert(1, 7);
        assert!((0..CAPACITY).all(|number| cache.find(&number).is_some()));
        assert_eq!(cache.find(&1).as_deref(), Some(&7));
        cache.insert(CAPACITY, CAPACITY);
        assert!(cache.find(&0).is_none());
        assert!((1..=CAPACITY).all(|number| cache.find(&number).is_some()));
        cache.remove(&2);
        cache.insert(CAPACITY + 1, 0);
        assert!(
            cache.find(&2).is_none() && cache.find(&1).is_some(),
            "there was room"
        );
        cache.retain(|value| *value == CAPACITY);
        assert!(cache.find(&CAPACITY).is_some() && cache.find(&3).is_none());
        for number in 0..CAPACITY - 1 {
            cache.insert(number, 0);
        }
        assert!(cache.find(&CAPACITY).is_some(), "there was room");
        cache.clear();
        cache.insert(0, 0);
        assert!(cache.find(&0).is_some() && cache.find(&1).is_none());
    }
}

//! A bounded map from URLs to slots.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::Mutex;

/// The cache entry of one URL; readers and the writer share it.
pub(super) type Slot<E> = Arc<Mutex<Option<E>>>;

pub(super) struct Slots<E> {
    by_url: HashMap<String, Place<E>>,
    capacity: usize,
    /// A logical clock that counts lookups.
    now: u64,
}

struct Place<E> {
    slot: Slot<E>,
    asked: u64,
}

impl<E> Slots<E> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            by_url: HashMap::new(),
            capacity: capacity.max(1),
            now: 0,
        }
    }

    /// Returns the URL's slot. Returns `None` if the URL has no slot and all slots are in use, which limits
    /// concurrent fetches.
    pub(super) fn of(&mut self, url: &str) -> Option<Slot<E>> {
        self.now += 1;
        if let Some(place) = self.by_url.get_mut(url) {
            place.asked = self.now;
            return Some(Arc::clone(&place.slot));
        }
        if self.by_url.len() >= self.capacity {
            let oldest = self.oldest()?;
            self.by_url.remove(&oldest);
        }
        let slot = Slot::default();
        let place = Place {
            slot: Arc::clone(&slot),
            asked: self.now,
        };
        self.by_url.insert(url.to_owned(), place);
        Some(slot)
    }

    /// Returns the least recently used URL among the slots that no caller holds.
    fn oldest(&self) -> Option<String> {
        self.by_url
            .iter()
            // Only `of` creates new holders, and it has exclusive access here.
            .filter(|(_, place)| Arc::strong_count(&place.slot) == 1)
            .min_by_key(|(_, place)| place.asked)
            .map(|(url, _)| url.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(slots: &Slots<()>, url: &str) -> bool {
        slots.by_url.contains_key(url)
    }

    #[test]
    fn many_urls_take_no_more_places_than_there_are() {
        let mut slots = Slots::<()>::new(10);
        for number in 0..10_000 {
            assert!(slots.of(&format!("https://{number}.example/")).is_some());
            assert!(slots.by_url.len() <= 10, "{number}");
        }
        for number in 9_990..10_000 {
            assert!(holds(&slots, &format!("https://{number}.example/")), "{number}");
        }
    }

    #[test]
    fn the_one_that_was_not_asked_for_the_longest_goes() {
        let mut slots = Slots::<()>::new(2);
        for url in ["a", "b", "a", "c"] {
            slots.of(url);
        }
        assert!(holds(&slots, "a") && !holds(&slots, "b") && holds(&slots, "c"));
    }

    #[test]
    fn one_that_is_in_use_stays() {
        let mut slots = Slots::<()>::new(2);
        let (a, b) = (slots.of("a").unwrap(), slots.of("b").unwrap());
        assert!(slots.of("c").is_none());
        assert!(Arc::ptr_eq(&slots.of("a").unwrap(), &a));
        drop(b);
        assert!(slots.of("c").is_some());
        assert!(holds(&slots, "a") && !holds(&slots, "b"));
    }
}

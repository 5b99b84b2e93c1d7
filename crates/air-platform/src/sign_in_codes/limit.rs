//! A limit on the number of requests of each key in a period, with bounded memory.

use std::{collections::HashMap, hash::Hash, time::Duration};

use air_ids::UnixTime;

/// The maximum number of keys. Beyond it, keys without a count are refused until others end.
const KEYS: usize = 100_000;

/// Counts requests by key.
pub(super) struct Limit<K>(HashMap<K, Count>);

struct Count {
    number: u32,
    ends: UnixTime,
}

impl<K> Default for Limit<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Limit<K> {
    /// Counts a request. Its error is the time until the key may send the next one, if it sent
    /// `most` in this period.
    pub(super) fn take(
        &mut self,
        key: K,
        most: u32,
        period: Duration,
        now: UnixTime,
    ) -> Result<(), Duration> {
        if self.0.len() >= KEYS {
            self.0.retain(|_, count| now < count.ends);
        }
        if self.0.len() >= KEYS && !self.0.contains_key(&key) {
            return Err(period);
        }
        let fresh = || Count {
            number: 0,
            ends: now.saturating_add(period),
        };
        let count = self.0.entry(key).or_insert_with(fresh);
        if now >= count.ends {
            *count = fresh();
        }
        if count.number >= most {
            return Err(count.ends.saturating_duration_since(now));
        }
        count.number += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    const fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[test]
    fn each_key_has_its_number_in_a_period() {
        let mut limit = Limit::default();
        assert_eq!(limit.take("ada", 2, MINUTE, at(100)), Ok(()));
        assert_eq!(limit.take("ada", 2, MINUTE, at(130)), Ok(()));
        assert_eq!(
            limit.take("ada", 2, MINUTE, at(130)),
            Err(Duration::from_secs(30))
        );
        assert_eq!(limit.take("eve", 2, MINUTE, at(130)), Ok(()));
        assert_eq!(limit.take("ada", 2, MINUTE, at(159)), Err(Duration::from_secs(1)));
        assert_eq!(limit.take("ada", 2, MINUTE, at(160)), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut limit = Limit::default();
        for key in 0..KEYS {
            assert_eq!(limit.take(key, 1, MINUTE, at(0)), Ok(()));
        }
        assert_eq!(limit.take(KEYS, 1, MINUTE, at(59)), Err(MINUTE));
        assert_eq!(limit.take(KEYS, 1, MINUTE, at(60)), Ok(()));
        assert_eq!(limit.0.len(), 1);
    }
}

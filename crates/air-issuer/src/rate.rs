//! Limits request rates with GCRA, which has no windows at whose boundary the rate could double.

use std::{
    fmt,
    hash::Hash,
    net::IpAddr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use air_server::counted_as;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
};
use sha2::{Digest, Sha256};

use crate::Config;

/// The number of requests after which the state of inactive callers is removed. With it, the memory has at
/// most the callers of these requests and those of the last second or minute.
const SWEEP: u32 = 10_000;

/// The limits of API keys, holders and addresses.
#[derive(Debug)]
pub(crate) struct Rates {
    /// By the header of the key and the key's name.
    keys: Rate<(&'static str, String)>,
    /// By a digest, so that an entry is short and names nobody.
    holders: Rate<[u8; 32]>,
    addresses: Rate<IpAddr>,
}

impl Rates {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            keys: Rate::new(config.rate_limit.map(Quota::per_second)),
            holders: Rate::new(config.http.holder_rate.map(Quota::per_minute)),
            addresses: Rate::new(config.http.address_rate.map(Quota::per_second)),
        }
    }

    /// Counts a request with a known API key. Returns the time until the next permitted request if the limit is
    /// exceeded, as the other counts do.
    pub(crate) fn count_key(&self, header: &'static str, key: &str) -> Result<(), Duration> {
        self.keys.count(|| (header, key.to_owned()))
    }

    /// Counts a request for a holder.
    pub(crate) fn count_holder(&self, did: &str) -> Result<(), Duration> {
        self.holders.count(|| Sha256::digest(did).into())
    }

    /// Counts a request of an address: of an IPv6 address, its first 64 bits.
    pub(crate) fn count_address(&self, address: IpAddr) -> Result<(), Duration> {
        self.addresses.count(|| counted_as(address))
    }
}

/// The rate of each caller of a kind.
struct Rate<K: Clone + Eq + Hash>(Option<Counters<K>>);

struct Counters<K: Clone + Eq + Hash> {
    limiter: DefaultKeyedRateLimiter<K>,
    requests: AtomicU32,
}

impl<K: Clone + Eq + Hash> Rate<K> {
    /// A quota with a burst of the same size. `None` disables the limit.
    fn new(quota: Option<Quota>) -> Self {
        Self(quota.map(|quota| Counters {
            limiter: RateLimiter::hashmap(quota),
            requests: AtomicU32::new(0),
        }))
    }

    fn count(&self, key: impl FnOnce() -> K) -> Result<(), Duration> {
        let Some(Counters { limiter, requests }) = &self.0 else {
            return Ok(());
        };
        if requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            limiter.retain_recent();
        }
        limiter
            .check_key(&key())
            .map_err(|refused| refused.wait_time_from(MonotonicClock.now()))
    }
}

impl<K: Clone + Eq + Hash> fmt::Debug for Rate<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rate").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn each_caller_has_its_own_count() {
        // The next request is permitted an hour later, so the test does not depend on time.
        let rate = Rate::new(Quota::with_period(Duration::from_hours(1)));
        assert_eq!(rate.count(|| "a"), Ok(()));
        let wait = rate.count(|| "a").unwrap_err();
        assert!(wait <= Duration::from_hours(1), "{wait:?}");
        assert_eq!(rate.count(|| "b"), Ok(()));
        let unlimited = Rate::new(None);
        assert!((0..10_000).all(|_| unlimited.count(|| "a").is_ok()));
    }

    #[test]
    fn silent_callers_are_forgotten() {
        let rate = Rate::new(NonZeroU32::new(u32::MAX).map(Quota::per_second));
        for number in 0..SWEEP * 2 {
            assert_eq!(rate.count(|| number), Ok(()));
        }
        let kept = rate.0.unwrap().limiter.len();
        assert!(kept <= usize::try_from(SWEEP).unwrap(), "{kept}");
    }
}

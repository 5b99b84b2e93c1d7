//! Limits the request rate of each API key with GCRA, which has no windows at whose boundary the rate could double.

use std::{fmt, num::NonZeroU32, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
};

/// The counts by the header of the key and the key's name. Only known keys are counted, so there are few.
pub(crate) struct KeyRate(Option<DefaultKeyedRateLimiter<(&'static str, String)>>);

impl KeyRate {
    /// A rate per second with a burst of the same size. `None` disables the limit.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Self {
        Self(per_second.map(|limit| RateLimiter::hashmap(Quota::per_second(limit))))
    }

    /// Counts a request. Returns the time until the next permitted request if the limit is exceeded.
    pub(crate) fn count(&self, header: &'static str, key: &str) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else {
            return Ok(());
        };
        limiter
            .check_key(&(header, key.to_owned()))
            .map_err(|refused| refused.wait_time_from(MonotonicClock.now()))
    }
}

impl fmt::Debug for KeyRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRate").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_of_each_header_has_its_own_count() {
        // The next request is permitted an hour later, so the test does not depend on time.
        let quota = Quota::with_period(Duration::from_hours(1)).unwrap();
        let rate = KeyRate(Some(RateLimiter::hashmap(quota)));
        assert_eq!(rate.count("x-api-key", "a"), Ok(()));
        let wait = rate.count("x-api-key", "a").unwrap_err();
        assert!(wait <= Duration::from_hours(1), "{wait:?}");
        assert_eq!(rate.count("x-api-key", "b"), Ok(()));
        assert_eq!(rate.count("x-admin-api-key", "a"), Ok(()));
        let unlimited = KeyRate::new(None);
        assert!((0..10_000).all(|_| unlimited.count("x-api-key", "a").is_ok()));
    }
}

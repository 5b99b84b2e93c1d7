//! Limits the attempts to sign in, from each address and from all together.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use air_ids::UnixTime;
use air_server::counted_as;

/// The attempts in a period. A correct key resets the count.
const LIMIT: u32 = 10;
/// The attempts of all addresses in a period.
const TOTAL: u32 = 1_000;
const PERIOD: Duration = Duration::from_mins(10);
/// The number of addresses that are counted. Further ones share a count.
const ADDRESSES: usize = 1_024;
/// The count that further addresses and unknown ones share.
const SHARED: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[derive(Default)]
pub(super) struct Attempts(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// `None` before the first attempt.
    total: Option<Count>,
    addresses: HashMap<IpAddr, Count>,
}

#[derive(Clone, Copy)]
struct Count {
    attempts: u32,
    since: UnixTime,
}

impl Count {
    fn new(now: UnixTime) -> Self {
        Self {
            attempts: 0,
            since: now,
        }
    }

    fn is_current(&self, now: UnixTime) -> bool {
        now.saturating_duration_since(self.since) < PERIOD
    }

    /// Returns the time to wait if there were as many attempts as the limit.
    fn check(&self, limit: u32, now: UnixTime) -> Result<(), Duration> {
        if self.attempts >= limit {
            return Err(PERIOD.saturating_sub(now.saturating_duration_since(self.since)));
        }
        Ok(())
    }
}

impl Attempts {
    /// Counts an attempt before its key is compared. Returns the time to wait if there were too many.
    pub(super) fn begin(&self, address: Option<IpAddr>, now: UnixTime) -> Result<(), Duration> {
        let mut counts = self.lock();
        let Counts { total, addresses } = &mut *counts;
        addresses.retain(|_, count| count.is_current(now));
        *total = total.filter(|total| total.is_current(now));
        let total = total.get_or_insert(Count::new(now));
        let mut address = address.map_or(SHARED, counted_as);
        if addresses.len() >= ADDRESSES && !addresses.contains_key(&address) {
            address = SHARED;
        }
        let count = addresses.entry(address).or_insert(Count::new(now));
        count.check(LIMIT, now)?;
        total.check(TOTAL, now)?;
        count.attempts += 1;
        total.attempts += 1;
        Ok(())
    }

    /// Resets the count of an address whose key was correct.
    pub(super) fn reset(&self, address: Option<IpAddr>) {
        let address = address.map_or(SHARED, counted_as);
        let mut counts = self.lock();
        let Some(removed) = counts.addresses.remove(&address) else {
            return;
        };
        if let Some(total) = &mut counts.total {
            total.attempts = total.attempts.saturating_sub(removed.attempts);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // No code panics while it holds this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_000_000);

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn each_address_has_its_own_count_until_the_period_ends() {
        let attempts = Attempts::default();
        for _ in 0..LIMIT {
            assert_eq!(attempts.begin(Some(address(1)), NOW), Ok(()));
        }
        let later = NOW.saturating_add(Duration::from_mins(4));
        assert_eq!(
            attempts.begin(Some(address(1)), later),
            Err(Duration::from_mins(6))
        );
        assert_eq!(attempts.begin(Some(address(2)), later), Ok(()));
        let end = NOW.saturating_add(PERIOD);
        assert_eq!(attempts.begin(Some(address(1)), end), Ok(()));
    }

    #[test]
    fn a_correct_key_resets_the_count() {
        let attempts = Attempts::default();
        for _ in 0..LIMIT {
            assert_eq!(attempts.begin(Some(address(1)), NOW), Ok(()));
        }
        attempts.reset(Some(address(1)));
        assert_eq!(attempts.begin(Some(address(1)), NOW), Ok(()));
    }

    #[test]
    fn the_addresses_of_a_network_share_a_count() {
        let attempts = Attempts::default();
        for host in 0..LIMIT {
            let address = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::try_from(host).unwrap());
            assert_eq!(attempts.begin(Some(address.into()), NOW), Ok(()));
        }
        let next = |network| Some(Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, 99).into());
        assert!(attempts.begin(next(0), NOW).is_err());
        assert_eq!(attempts.begin(next(1), NOW), Ok(()));
    }

    #[test]
    fn the_number_of_counts_is_limited() {
        let attempts = Attempts::default();
        let host = |host: u16| {
            let [high, low] = host.to_be_bytes();
            Some(IpAddr::from([10, 0, high, low]))
        };
        // The total is refused after 1,000 attempts, and the addresses of refused ones are counted, too.
        for number in 0..2_000 {
            let _ = attempts.begin(host(number), NOW);
        }
        assert_eq!(attempts.lock().addresses.len(), ADDRESSES + 1);
        // An attempt without an address has the count of further addresses.
        attempts.lock().total = None;
        for number in 0..u16::try_from(LIMIT).unwrap() {
            assert_eq!(attempts.begin(host(2_000 + number), NOW), Ok(()));
        }
        assert!(
            attempts.begin(Some(address(1)), NOW).is_err(),
            "further ones share a count"
        );
        assert_eq!(attempts.begin(host(1), NOW), Ok(()));
    }

    #[test]
    fn all_addresses_together_have_a_limit() {
        let attempts = Attempts::default();
        let hosts = TOTAL / LIMIT;
        let host = |host: u32| Some(IpAddr::from(Ipv4Addr::from_bits(0x0A00_0000 | host)));
        for number in 0..TOTAL {
            assert_eq!(attempts.begin(host(number % hosts), NOW), Ok(()));
        }
        assert_eq!(attempts.begin(Some(address(1)), NOW), Err(PERIOD));
        attempts.reset(host(0));
        for _ in 0..LIMIT {
            assert_eq!(
                attempts.begin(Some(address(1)), NOW),
                Ok(()),
                "a correct key frees its attempts"
            );
        }
        assert_eq!(attempts.begin(Some(address(2)), NOW), Err(PERIOD));
        let end = NOW.saturating_add(PERIOD);
        assert_eq!(attempts.begin(Some(address(2)), end), Ok(()));
    }
}

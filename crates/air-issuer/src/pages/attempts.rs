//! Limits the attempts to sign in from each address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use air_ids::UnixTime;

/// The attempts in a period. A correct key resets the count.
const LIMIT: u32 = 10;
const PERIOD: Duration = Duration::from_mins(10);
/// The number of addresses that are counted. Further ones share a count.
const ADDRESSES: usize = 1_024;
/// The count that further addresses and unknown ones share.
const SHARED: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<IpAddr, Count>>);

struct Count {
    attempts: u32,
    since: UnixTime,
}

impl Attempts {
    /// Counts an attempt before its key is compared. Returns the time to wait if there were too many.
    pub(super) fn begin(&self, address: Option<IpAddr>, now: UnixTime) -> Result<(), Duration> {
        let mut counts = self.lock();
        counts.retain(|_, count| now.saturating_duration_since(count.since) < PERIOD);
        let mut address = address.map_or(SHARED, counted_as);
        if counts.len() >= ADDRESSES && !counts.contains_key(&address) {
            address = SHARED;
        }
        let count = counts.entry(address).or_insert(Count {
            attempts: 0,
            since: now,
        });
        if count.attempts >= LIMIT {
            return Err(PERIOD.saturating_sub(now.saturating_duration_since(count.since)));
        }
        count.attempts += 1;
        Ok(())
    }

    /// Resets the count of an address whose key was correct.
    pub(super) fn reset(&self, address: Option<IpAddr>) {
        let address = address.map_or(SHARED, counted_as);
        self.lock().remove(&address);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Count>> {
        // No code panics while it holds this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An IPv6 address counts by its first 64 bits: a caller usually has all addresses of such a network.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
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
        for host in 0..2_000_u16 {
            let [high, low] = host.to_be_bytes();
            let _ = attempts.begin(Some(IpAddr::from([10, 0, high, low])), NOW);
        }
        assert_eq!(attempts.lock().len(), ADDRESSES + 1);
        assert!(
            attempts.begin(Some(address(1)), NOW).is_err(),
            "further ones share a count"
        );
        assert_eq!(attempts.begin(Some(IpAddr::from([10, 0, 0, 1])), NOW), Ok(()));
    }
}

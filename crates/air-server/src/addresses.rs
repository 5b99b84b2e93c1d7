//! Counts the connections of each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{Network, counted_as};

/// Counts connections by address, and refuses those beyond the limit. Clones share the counts.
#[derive(Clone, Debug)]
pub struct Addresses {
    limit: usize,
    exempt: Arc<[Network]>,
    counts: Arc<Mutex<HashMap<IpAddr, Count>>>,
}

#[derive(Debug, Default)]
struct Count {
    connections: usize,
    /// Whether the log has reported that this address is at its limit. It resets when the address
    /// has no connection.
    is_logged: bool,
}

impl Addresses {
    /// Allows `limit` connections of each address. The `exempt` networks, such as those of trusted proxies,
    /// have no limit.
    #[must_use]
    pub fn new(limit: usize, exempt: &[Network]) -> Self {
        Self {
            limit,
            exempt: exempt.into(),
            counts: Arc::default(),
        }
    }

    /// Returns the address that the limits apply to. A trusted proxy has none, because its clients
    /// share its address.
    #[must_use]
    pub fn counted(&self, address: IpAddr) -> Option<IpAddr> {
        let is_exempt = self.exempt.iter().any(|network| network.contains(address));
        (!is_exempt).then(|| counted_as(address))
    }

    /// Counts a connection until the guard is dropped. Returns `None` if the address is at its limit.
    pub(crate) fn admit(&self, address: IpAddr) -> Option<Counted> {
        let address = address.to_canonical();
        if self.exempt.iter().any(|network| network.contains(address)) {
            return Some(Counted { of: None });
        }
        let network = counted_as(address);
        let mut counts = self.lock();
        let count = counts.entry(network).or_default();
        if count.connections >= self.limit {
            if !std::mem::replace(&mut count.is_logged, true) {
                let limit = self.limit;
                tracing::warn!(
                    limit,
                    "an address has too many connections; further ones are closed"
                );
            }
            return None;
        }
        count.connections += 1;
        drop(counts);
        Some(Counted {
            of: Some((self.clone(), network)),
        })
    }

    fn leave(&self, network: IpAddr) {
        let mut counts = self.lock();
        if let Some(count) = counts.get_mut(&network) {
            count.connections = count.connections.saturating_sub(1);
            if count.connections == 0 {
                counts.remove(&network);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Count>> {
        // Nothing that holds this lock panics.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A counted connection of an address.
#[derive(Debug)]
pub(crate) struct Counted {
    of: Option<(Addresses, IpAddr)>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some((addresses, network)) = self.of.take() {
            addresses.leave(network);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn refuses_a_connection_beyond_the_limit_until_one_ends() {
        let addresses = Addresses::new(2, &[]);
        let first = addresses.admit(address("2001:db8::1"));
        let second = addresses.admit(address("2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(addresses.admit(address("2001:db8::3")).is_none());
        assert!(
            addresses.admit(address("192.0.2.1")).is_some(),
            "others are served"
        );
        drop(first);
        assert!(addresses.admit(address("2001:db8::3")).is_some());
        drop(second);
        assert!(
            addresses.lock().is_empty(),
            "an address without connections is forgotten"
        );
    }

    #[test]
    fn a_declared_proxy_has_no_limit() {
        let addresses = Addresses::new(1, &["192.0.2.0/24".parse().unwrap()]);
        let held: Vec<_> = (0..10)
            .map(|_| addresses.admit(address("::ffff:192.0.2.7")))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(addresses.admit(address("192.0.3.1")).is_some());
        assert!(addresses.lock().is_empty());
    }
}

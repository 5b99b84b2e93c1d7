//! Ranges of IP addresses.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// A range of IP addresses: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The error for a text that is neither an IP address nor an address with a prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid IP address or range: must be like 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32")]
pub struct InvalidNetwork;

/// The error for ranges of trusted proxies that contain every address of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ranges of trusted proxies contain every IPv4 or IPv6 address, so each client would count as a proxy; name the addresses of the proxies"
)]
pub struct EveryAddress;

/// The length of the prefix of IPv4 addresses that are mapped into IPv6 (RFC 4291, 2.5.5.2).
const MAPPED: u8 = 96;

impl Network {
    /// Checks the ranges of trusted proxies: a client in them can choose the address by which it is counted.
    ///
    /// # Errors
    /// [`EveryAddress`] if the ranges together contain every address of IPv4, or of IPv6.
    pub fn check_proxies(networks: &[Self]) -> Result<(), EveryAddress> {
        let (v4, v6): (Vec<_>, Vec<_>) = networks.iter().partition(|network| network.address.is_ipv4());
        if contain_all(&v4) || contain_all(&v6) {
            return Err(EveryAddress);
        }
        Ok(())
    }

    /// The first and the last address as numbers. An IPv4 address is in the highest 32 bits.
    fn bounds(&self) -> (u128, u128) {
        let bits = match self.address {
            IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
            IpAddr::V6(address) => address.to_bits(),
        };
        let hosts = u128::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
        (bits & !hosts, bits | hosts)
    }

    /// Checks whether the address is in the range. An IPv4 address that is mapped into IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let differing = ours.to_bits() ^ theirs.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| InvalidNetwork)?,
            None => longest,
        };
        if prefix > longest {
            return Err(InvalidNetwork);
        }
        // An address that is mapped into IPv6 counts as IPv4, so the range has to as well.
        Ok(match (address, address.to_canonical()) {
            (IpAddr::V6(_), address @ IpAddr::V4(_)) if prefix >= MAPPED => Self {
                address,
                prefix: prefix - MAPPED,
            },
            _ => Self { address, prefix },
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Checks whether ranges of one family contain all of its addresses.
fn contain_all(networks: &[&Network]) -> bool {
    let mut bounds: Vec<_> = networks.iter().map(|network| network.bounds()).collect();
    bounds.sort_unstable();
    // The first address that no range contains so far.
    let mut next = 0;
    for (first, last) in bounds {
        if first > next {
            return false;
        }
        let Some(after) = last.checked_add(1) else {
            return true;
        };
        next = next.max(after);
    }
    false
}

/// Returns the address to which limits apply: for an IPv6 address its /64 network, because one
/// caller has all of that network's 2^64 addresses.
#[must_use]
pub fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_by_its_network() {
        for (one, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(
                counted_as(one.parse().unwrap()),
                expected.parse::<IpAddr>().unwrap()
            );
        }
    }

    #[test]
    fn contains_the_addresses_of_its_prefix() {
        for (network, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0"),
            ("::ffff:192.0.2.7", "::ffff:192.0.2.7", "192.0.2.6"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::"),
            ("::1", "::1", "127.0.0.1"),
            ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
        ] {
            let range: Network = network.parse().unwrap();
            assert!(range.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!range.contains(outside.parse().unwrap()), "{network} {outside}");
        }
    }

    #[test]
    fn proxies_may_not_have_every_address_of_a_family() {
        for (networks, expected) in [
            (&["0.0.0.0/0"][..], Err(EveryAddress)),
            (&["10.0.0.1", "::/0"], Err(EveryAddress)),
            (&["::ffff:0.0.0.0/96"], Err(EveryAddress)),
            (&["128.0.0.0/1", "0.0.0.0/1"], Err(EveryAddress)),
            (&["8000::/1", "0.0.0.0/2", "::/1"], Err(EveryAddress)),
            (
                &["0.0.0.0/1", "10.0.0.0/8", "192.0.0.0/2", "128.0.0.0/2"],
                Err(EveryAddress),
            ),
            (&[], Ok(())),
            (&["0.0.0.0/1"], Ok(())),
            (&["0.0.0.0", "::"], Ok(())),
            (&["0.0.0.0/1", "8000::/1"], Ok(())),
            (&["0.0.0.0/1", "192.0.0.0/2"], Ok(())),
            (&["10.1.2.3/8", "2001:db8::/32"], Ok(())),
        ] {
            let ranges: Vec<Network> = networks.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(Network::check_proxies(&ranges), expected, "{networks:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_range() {
        for text in [
            "",
            "localhost",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0/8",
        ] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}

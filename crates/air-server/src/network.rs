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

/// The length of the prefix of IPv4 addresses that are mapped into IPv6 (RFC 4291, 2.5.5.2).
const MAPPED: u8 = 96;

impl Network {
    /// Checks whether the range has each address of its family.
    #[must_use]
    pub fn is_whole_family(&self) -> bool {
        self.prefix == 0
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
    fn a_range_without_a_prefix_is_a_whole_family() {
        for (network, expected) in [
            ("0.0.0.0/0", true),
            ("::/0", true),
            ("::ffff:0.0.0.0/96", true),
            ("0.0.0.0/1", false),
            ("0.0.0.0", false),
        ] {
            let range: Network = network.parse().unwrap();
            assert_eq!(range.is_whole_family(), expected, "{network}");
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

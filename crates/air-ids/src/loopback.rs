//! Detects hosts that are the local machine.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a URL's host is the local machine: `localhost`, a name below it (RFC 6761, section 6.3),
/// or a loopback address (127.0.0.0/8, `::1`). An IPv6 address may be in brackets. An IPv4-mapped
/// IPv6 address does not count, because browsers do not treat it as a secure context.
///
/// The host must be normalised, as the `url` crate does it: in lower case, with addresses in their
/// usual notation.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
        || address
            .parse()
            .is_ok_and(|address: Ipv6Addr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_localhost_below_it_or_an_address() {
        for here in [
            "localhost",
            "issuer.localhost",
            "127.0.0.1",
            "127.255.255.254",
            "::1",
            "[::1]",
        ] {
            assert!(is_loopback_host(here), "{here}");
        }
        for elsewhere in [
            "",
            "localhost.",
            "localhost.example",
            "notlocalhost",
            "127.0.0.1.example",
            "128.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[127.0.0.1]",
            "[::1",
        ] {
            assert!(!is_loopback_host(elsewhere), "{elsewhere}");
        }
    }
}

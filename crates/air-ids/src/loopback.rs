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

/// Whether an authority, such as the value of `Host`, is the local machine: a host as in
/// [`is_loopback_host`], in any case, with or without a port.
#[must_use]
pub fn is_loopback_authority(authority: &str) -> bool {
    let without_port = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok());
    let host = without_port.map_or(authority, |(host, _)| host);
    is_loopback_host(&host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_has_an_optional_port() {
        for here in [
            "localhost",
            "localhost:9101",
            "LOCALHOST:80",
            "issuer.localhost:9101",
            "127.0.0.1:9101",
            "[::1]",
            "[::1]:9101",
        ] {
            assert!(is_loopback_authority(here), "{here}");
        }
        for elsewhere in [
            "",
            ":80",
            "evil.example",
            "evil.example:9101",
            "192.0.2.1:9101",
            "localhost:port",
            "localhost:65536",
            "localhost@evil.example:80",
            "evil.example:localhost",
        ] {
            assert!(!is_loopback_authority(elsewhere), "{elsewhere}");
        }
    }

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

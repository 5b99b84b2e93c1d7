//! The address of a client behind proxies.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};

use crate::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The maximum number of addresses of a header. Further ones, which are the client's side, are not read.
const LIMIT: usize = 16;

/// The header in which trusted proxies name their client. Only one is read: a proxy that sets one of them
/// forwards a client's own text in the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, the custom of most proxies.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239), of which `for` is read.
    Forwarded,
}

/// Trusted proxies. The default trusts none, so that each client's address is its connection's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    networks: Vec<Network>,
    header: ForwardedHeader,
}

impl Proxies {
    /// Trusts the proxies in these networks to append their client's address to this header.
    #[must_use]
    pub fn new(networks: Vec<Network>, header: ForwardedHeader) -> Self {
        Self { networks, header }
    }

    /// The networks.
    #[must_use]
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    /// Returns the address of the client: the connection's, or the last one in the header that is not a
    /// trusted proxy's if the connection is a trusted proxy's. An address that can't be read ends the search.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        for named in self.named(headers).into_iter().rev().take(LIMIT) {
            let Some(address) = address(named) else {
                return client;
            };
            client = address.to_canonical();
            if !self.trusts(client) {
                return client;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// The named clients, with the one that the last proxy saw at the end.
    fn named<'a>(&self, headers: &'a HeaderMap) -> Vec<&'a str> {
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => header::FORWARDED,
        };
        // A value that is not text names no address, and ends the search.
        let values = headers.get_all(name).into_iter();
        let elements = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
        match self.header {
            ForwardedHeader::XForwardedFor => elements.map(str::trim).collect(),
            ForwardedHeader::Forwarded => elements.map(parameter_for).collect(),
        }
    }
}

/// Returns the parameter `for` of an element (RFC 7239, 4), or an empty text.
fn parameter_for(element: &str) -> &str {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    named
        .next()
        .map_or("", |(_, value)| value.trim().trim_matches('"'))
}

/// Reads an address with or without a port: `192.0.2.7:4711`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    bare.unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn proxies(header: ForwardedHeader) -> Proxies {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48"].map(|text| text.parse().unwrap());
        Proxies::new(networks.to_vec(), header)
    }

    fn client(header: ForwardedHeader, peer: &str, name: &'static str, values: &[&'static str]) -> String {
        let name = HeaderName::from_static(name);
        let values = values
            .iter()
            .map(|value| (name.clone(), HeaderValue::from_static(value)));
        let peer = peer.parse().unwrap();
        proxies(header).client(peer, &values.collect()).to_string()
    }

    #[test]
    fn only_trusted_proxies_name_their_client() {
        for (peer, values, expected) in [
            ("198.51.100.1", &["192.0.2.7"][..], "198.51.100.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            ("::ffff:10.0.0.1", &["192.0.2.7:4711"], "192.0.2.7"),
            ("10.0.0.1", &["203.0.113.9, 192.0.2.7, 10.1.1.1"], "192.0.2.7"),
            ("10.0.0.1", &["203.0.113.9", "192.0.2.7"], "192.0.2.7"),
            ("10.0.0.1", &["192.0.2.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["192.0.2.7, unknown, 10.1.1.1"], "10.1.1.1"),
            ("2001:db8:1::5", &["[2001:db8:2::1]:4711"], "2001:db8:2::1"),
        ] {
            let found = client(ForwardedHeader::XForwardedFor, peer, "x-forwarded-for", values);
            assert_eq!(found, expected, "{peer} {values:?}");
        }
        let none = Proxies::default();
        let headers = HeaderMap::from_iter([(X_FORWARDED_FOR, HeaderValue::from_static("192.0.2.7"))]);
        assert_eq!(
            none.client("10.0.0.1".parse().unwrap(), &headers).to_string(),
            "10.0.0.1"
        );
    }

    #[test]
    fn the_other_header_is_not_read() {
        let forwarded = ForwardedHeader::Forwarded;
        for (values, expected) in [
            (&["for=192.0.2.7;proto=https;by=10.0.0.1"][..], "192.0.2.7"),
            (&["For=\"[2001:db8:2::1]:4711\""], "2001:db8:2::1"),
            (&["for=203.0.113.9, for=192.0.2.7"], "192.0.2.7"),
            (&["for=_hidden"], "10.0.0.1"),
            (&["proto=https"], "10.0.0.1"),
        ] {
            assert_eq!(
                client(forwarded, "10.0.0.1", "forwarded", values),
                expected,
                "{values:?}"
            );
        }
        let other = client(forwarded, "10.0.0.1", "x-forwarded-for", &["192.0.2.7"]);
        assert_eq!(other, "10.0.0.1");
        let other = client(
            ForwardedHeader::XForwardedFor,
            "10.0.0.1",
            "forwarded",
            &["for=192.0.2.7"],
        );
        assert_eq!(other, "10.0.0.1");
    }

    #[test]
    fn a_long_list_is_not_searched_to_its_end() {
        let value = HeaderValue::from_str(&vec!["10.0.0.2"; 1_000].join(",")).unwrap();
        let headers = HeaderMap::from_iter([(X_FORWARDED_FOR, value)]);
        let peer = "10.0.0.1".parse().unwrap();
        let found = proxies(ForwardedHeader::XForwardedFor).client(peer, &headers);
        assert_eq!(found.to_string(), "10.0.0.2");
    }
}

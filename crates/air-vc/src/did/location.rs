//! Which URLs documents are fetched from.

use std::net::Ipv4Addr;

use url::{Host, Url};

/// Whether a URL is on this machine: `localhost`, a name below it (RFC 6761, 6.3), or a loopback address.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address
                    .to_ipv4_mapped()
                    .is_some_and(|four| Ipv4Addr::is_loopback(&four))
        }
        None => false,
    }
}

pub(super) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether a URL has nothing but scheme, host, port and path, over https, or over http on this machine.
pub(super) fn is_plain(url: &Url) -> bool {
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    scheme && bare && url.has_host()
}

/// Whether the host is an address and not a name.
pub(super) fn has_address(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
}

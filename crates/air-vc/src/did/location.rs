//! The URLs from which documents are fetched.

use air_ids::is_loopback_host;
use url::{Host, Url};

/// Whether a URL is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_host)
}

/// Whether a URL consists of scheme, host, port and path only, over https, or over http on this
/// machine.
pub(super) fn is_plain(url: &Url) -> bool {
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    scheme && bare && url.has_host()
}

/// Whether the host is an address instead of a name.
pub(super) fn has_address(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
}

//! The ports that this process listens on. A URL that another party names must not lead back to them.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use reqwest::Client;
use url::{Host, Url};

use air_ids::is_loopback_host;

use crate::FetchError;

/// The listeners' ports, and the client for URLs with such a port. The client never connects to this machine.
#[derive(Clone)]
pub(crate) struct OwnPorts {
    ports: Vec<u16>,
    client: Client,
}

impl OwnPorts {
    pub(crate) fn new(listeners: &[SocketAddr], client: Client) -> Self {
        Self {
            ports: listeners.iter().map(SocketAddr::port).collect(),
            client,
        }
    }

    /// Returns the client for a URL that names one of the ports.
    ///
    /// # Errors
    /// [`FetchError::OwnAddress`] if the URL also names this machine in its text.
    pub(crate) fn client_for(&self, url: &Url) -> Result<Option<&Client>, FetchError> {
        let port = url.port_or_known_default();
        if !port.is_some_and(|port| self.ports.contains(&port)) {
            return Ok(None);
        }
        let leads_back = match url.host() {
            Some(Host::Ipv4(address)) => is_this_machine(address.into()),
            Some(Host::Ipv6(address)) => is_this_machine(address.into()),
            Some(Host::Domain(name)) => is_loopback_host(name),
            None => false,
        };
        if leads_back {
            return Err(FetchError::OwnAddress);
        }
        Ok(Some(&self.client))
    }
}

/// Checks whether an address belongs to this machine: a loopback address, the unspecified address (which
/// connects to loopback), or the address of an interface. A socket can be bound only to such an address.
pub(crate) fn is_this_machine(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified() || UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> OwnPorts {
        let listeners = ["127.0.0.1:8300", "[::1]:443"].map(|address| address.parse().unwrap());
        OwnPorts::new(&listeners, Client::new())
    }

    #[test]
    fn each_spelling_of_this_machine_is_refused_at_an_own_port() {
        for url in [
            "http://127.0.0.1:8300/sandbox/v1/reset",
            "http://127.0.0.2:8300/",
            "http://127.1:8300/",
            "http://2130706433:8300/",
            "http://0x7f000001:8300/",
            "http://0.0.0.0:8300/",
            "http://[::1]:8300/",
            "http://[::]:8300/",
            "http://[::ffff:127.0.0.1]:8300/",
            "http://localhost:8300/",
            "http://LOCALHOST:8300/",
            "http://api.localhost:8300/",
            "https://127.0.0.1/",
            "https://localhost/",
        ] {
            let refused = own().client_for(&url.parse().unwrap()).map(drop);
            assert_eq!(refused, Err(FetchError::OwnAddress), "{url}");
        }
    }

    #[test]
    fn other_ports_and_other_machines_are_not_its_own() {
        let is_special = |url: &str| own().client_for(&url.parse().unwrap()).unwrap().is_some();
        assert!(!is_special("http://127.0.0.1:8301/"));
        assert!(!is_special("http://localhost/"), "port 80");
        // The port is one of ours, so the client checks each address.
        assert!(is_special("https://example.com/"));
        assert!(is_special("http://1.1.1.1:8300/"));
    }
}

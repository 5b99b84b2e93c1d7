//! Checks whether only this machine can reach a platform.

use std::net::SocketAddr;

use air_fetch::is_loopback_url;

/// Checks whether, according to the settings, only this machine can reach the platform: each
/// listener and the host of the public URL are on loopback. It can't detect a proxy that is not in
/// the settings.
pub(crate) fn is_local(listeners: &[SocketAddr], public_url: &str) -> bool {
    listeners.iter().all(|listener| listener.ip().is_loopback()) && is_loopback_url(public_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_local_where_its_listeners_and_its_public_host_are() {
        let (own, beyond) = ("http://127.0.0.1:8300", "https://air.example.com");
        for (listeners, public_url, expected) in [
            (&["127.0.0.1:8300"][..], own, true),
            (&["127.0.0.1:8300", "[::1]:8200"], own, true),
            (&["[::1]:8300"], "http://[::1]:8300", true),
            (&["127.0.0.1:8300"], "https://air.localhost:8443", true),
            (&["127.0.0.1:8300"], beyond, false),
            (&["127.0.0.1:8300"], "https://localhost.example.com", false),
            (&["127.0.0.1:8300"], "no URL", false),
            (&["0.0.0.0:8300"], own, false),
            (&["[::]:8300"], own, false),
            (&["192.0.2.1:8300"], own, false),
            (&["127.0.0.1:8300", "0.0.0.0:8200"], own, false),
        ] {
            let listeners: Vec<_> = listeners.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(
                is_local(&listeners, public_url),
                expected,
                "{listeners:?} {public_url}"
            );
        }
    }
}

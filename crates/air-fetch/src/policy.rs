//! Network policies: the permitted URLs and the permitted addresses.

use std::net::IpAddr;

use air_ids::is_loopback_host;
use url::{Host, Url};

use crate::{FetchError, address::is_public};

/// Checks whether a URL's host is this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_host)
}

/// Checks whether a URL's host is this machine ([`is_loopback_host`]).
#[must_use]
pub fn is_loopback_url(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_this_machine(&url))
}

/// The permitted destinations of a [`Fetcher`](crate::Fetcher). All policies reject URLs with a user or a
/// password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkPolicy {
    /// Permits https to public addresses, for URLs from untrusted parties (did:web, issuers' metadata, status
    /// lists).
    Public,
    /// Permits the same, and http or https to this machine, for development.
    PublicAndLoopback,
    /// Permits https to any address, including private networks, and http to this machine. For URLs from an
    /// operator or a registered partner.
    Any,
}

impl NetworkPolicy {
    /// Checks the text of a URL. The addresses of a host name are checked when the URL is fetched.
    #[must_use]
    pub fn accepts(self, url: &str) -> bool {
        self.parse(url).is_ok()
    }

    pub(crate) fn parse(self, url: &str) -> Result<Url, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Url { policy: self })?;
        self.check(&url)?;
        Ok(url)
    }

    /// Checks the text of a URL: the scheme, the user, and the host if it is an address.
    pub(crate) fn check(self, url: &Url) -> Result<(), FetchError> {
        let refused = Err(FetchError::Url { policy: self });
        let address = match url.host() {
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
            None => return refused,
        };
        let is_good_scheme = match url.scheme() {
            "https" => true,
            "http" => is_this_machine(url) && self != Self::Public,
            _ => false,
        };
        if !is_good_scheme || !url.username().is_empty() || url.password().is_some() {
            return refused;
        }
        match address {
            Some(address) if !self.permits(address) => Err(FetchError::PrivateAddress),
            _ => Ok(()),
        }
    }

    /// Checks whether connections to this address are permitted.
    pub(crate) fn permits(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::PublicAndLoopback => is_public(address) || address.is_loopback(),
            Self::Any => true,
        }
    }

    /// Checks an address that a name resolved to. `localhost` must resolve to a loopback address, since http
    /// is permitted for it.
    pub(crate) fn permits_behind(self, name: &str, address: IpAddr) -> bool {
        self.permits(address) && (!is_loopback_host(name) || address.is_loopback())
    }

    /// Returns the permitted schemes, for an error message.
    pub(crate) fn schemes(self) -> &'static str {
        match self {
            Self::Public => "https",
            Self::PublicAndLoopback | Self::Any => "https, or http on localhost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EACH: [NetworkPolicy; 3] = [
        NetworkPolicy::Public,
        NetworkPolicy::PublicAndLoopback,
        NetworkPolicy::Any,
    ];

    fn verdicts(url: &str) -> [Result<(), FetchError>; 3] {
        EACH.map(|policy| policy.parse(url).map(drop))
    }

    fn refused(policy: NetworkPolicy) -> Result<(), FetchError> {
        Err(FetchError::Url { policy })
    }

    #[test]
    fn https_to_a_name_or_a_public_address_is_accepted_by_each() {
        for url in [
            "https://example.com/jwks.json",
            "https://example.com:8443/.well-known/did.json?v=1#key",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
        ] {
            assert_eq!(verdicts(url), [Ok(()), Ok(()), Ok(())], "{url}");
        }
    }

    #[test]
    fn http_is_for_this_machine_and_not_for_public() {
        for url in [
            "http://localhost:1/j",
            "http://LOCALHOST:1/j",
            "http://issuer.localhost:1/j",
            "http://127.0.0.1:1/j",
            "http://127.255.255.254/",
            "http://2130706433/",
            "http://[::1]:1/",
        ] {
            assert_eq!(
                verdicts(url),
                [refused(NetworkPolicy::Public), Ok(()), Ok(())],
                "{url}"
            );
        }
        for url in [
            "http://example.com/j",
            "http://localhost.example.com/j",
            "http://localhost./j",
            "http://notlocalhost/j",
            "http://10.0.0.1/",
            "http://128.0.0.1/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert_eq!(verdicts(url), EACH.map(refused), "{url}");
        }
    }

    #[test]
    fn no_other_scheme_no_user_no_password() {
        for url in [
            "j",
            "",
            "//example.com/",
            "file:///etc/passwd",
            "ftp://localhost/",
            "data:application/json,{}",
            "https://",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://:password@example.com/",
            "http://user@localhost/",
        ] {
            assert_eq!(verdicts(url), EACH.map(refused), "{url}");
        }
    }

    #[test]
    fn a_private_address_in_the_url_is_refused_in_each_spelling() {
        let private = Err(FetchError::PrivateAddress);
        for url in [
            "https://10.0.0.1/",
            "https://0xa.1/",
            "https://167772161/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
        ] {
            assert_eq!(verdicts(url), [private, private, Ok(())], "{url}");
        }
        for url in ["https://127.0.0.1/", "https://0x7f.1/", "https://[::1]/"] {
            assert_eq!(verdicts(url), [private, Ok(()), Ok(())], "{url}");
        }
    }

    #[test]
    fn localhost_is_this_machine_whatever_it_resolves_to() {
        let (loopback, public) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([1, 1, 1, 1]));
        assert!(NetworkPolicy::Any.permits_behind("localhost", loopback));
        assert!(!NetworkPolicy::Any.permits_behind("localhost", public));
        assert!(!NetworkPolicy::Any.permits_behind("issuer.localhost", public));
        assert!(NetworkPolicy::Any.permits_behind("example.com", public));
        assert!(!NetworkPolicy::Public.permits_behind("localhost", loopback));
    }
}

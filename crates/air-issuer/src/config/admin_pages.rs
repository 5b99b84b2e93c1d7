//! The listener of the admin pages.

use std::net::SocketAddr;

use super::{ConfigError, Origin};

const LISTEN: &str = "admin-listen";
const ORIGIN: &str = "admin-origin";

/// The address of the admin pages, and their origin if a proxy is in front of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdminPagesConfig {
    pub(crate) address: SocketAddr,
    /// The https origin at which browsers open the pages. Without it, they are served under the names of this machine only.
    pub(crate) origin: Option<Origin>,
}

impl AdminPagesConfig {
    /// `None` if the pages are off.
    pub(super) fn read(
        listen: Option<SocketAddr>,
        origin: Option<&str>,
        issuer: &Origin,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(address) = listen else {
            return match origin {
                None => Ok(None),
                Some(_) => Err(ConfigError::invalid(
                    ORIGIN,
                    "the admin pages are off; set `admin-listen` too, or remove it",
                )),
            };
        };
        let origin = origin.map(|text| Origin::parse(ORIGIN, text)).transpose()?;
        if let Some(origin) = &origin {
            if !origin.is_https() {
                return Err(ConfigError::invalid(
                    ORIGIN,
                    "must be an https origin; without a proxy, open the pages at a loopback address and remove it",
                ));
            }
            if origin == issuer {
                return Err(ConfigError::invalid(
                    ORIGIN,
                    "must differ from ISSUER_ORIGIN, so that no public route gets the operator's cookie",
                ));
            }
        }
        if !address.ip().is_loopback() {
            if origin.is_none() {
                return Err(ConfigError::invalid(
                    LISTEN,
                    "other machines can reach this address; set a loopback address such as 127.0.0.1:9101, or set \
                     `admin-origin` to the https origin of the proxy in front of it",
                ));
            }
            warnings.push(format!(
                "the admin pages listen on {address}, which other machines can reach without TLS; allow only the \
                 proxy of `admin-origin` to connect"
            ));
        }
        Ok(Some(Self { address, origin }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(listen: Option<&str>, origin: Option<&str>) -> Result<(bool, usize), ConfigError> {
        let issuer = Origin::parse("ISSUER_ORIGIN", "https://issuer.example").unwrap();
        let listen = listen.map(|address| address.parse().unwrap());
        let mut warnings = Vec::new();
        let read = AdminPagesConfig::read(listen, origin, &issuer, &mut warnings)?;
        Ok((read.is_some(), warnings.len()))
    }

    #[test]
    fn the_pages_are_off_by_default_and_on_loopback_without_a_warning() {
        assert_eq!(read(None, None).unwrap(), (false, 0));
        for address in ["127.0.0.1:9101", "[::1]:9101"] {
            assert_eq!(read(Some(address), None).unwrap(), (true, 0), "{address}");
        }
        let origin = Some("https://admin.example");
        assert_eq!(read(Some("127.0.0.1:9101"), origin).unwrap(), (true, 0));
    }

    #[test]
    fn other_addresses_need_the_origin_of_a_proxy_and_cause_a_warning() {
        for address in ["0.0.0.0:9101", "192.0.2.1:9101", "[::]:9101"] {
            assert!(read(Some(address), None).is_err(), "{address}");
            let origin = Some("https://admin.example");
            assert_eq!(read(Some(address), origin).unwrap(), (true, 1), "{address}");
        }
    }

    #[test]
    fn an_origin_is_https_is_not_the_issuers_and_needs_the_listener() {
        for origin in [
            "http://localhost:9101",
            "https://issuer.example",
            "https://admin.example/x",
        ] {
            assert!(read(Some("127.0.0.1:9101"), Some(origin)).is_err(), "{origin}");
        }
        assert!(read(None, Some("https://admin.example")).is_err());
    }
}

//! Origins: a scheme, a host and a port.

use std::fmt;

use air_ids::is_loopback_host;
use air_vc::did::DidWeb;
use url::Url;

use super::ConfigError;

/// An https origin without a slash at the end, such as `https://issuer.example`. On this machine
/// http is allowed too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    text: String,
    url: Url,
}

impl Origin {
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let refused = || {
            ConfigError::invalid(
                name,
                "must be an https origin without path, such as https://issuer.example (http on localhost only)",
            )
        };
        let url = Url::parse(text).map_err(|_| refused())?;
        let host = url.host_str().ok_or_else(refused)?;
        let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback_host(host));
        let plain = text.strip_suffix('/').unwrap_or(text);
        if !is_secure || url.origin().ascii_serialization() != plain {
            return Err(refused());
        }
        Ok(Self {
            text: plain.to_owned(),
            url,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host, and the port if it is not the default one, as browsers send them.
    pub(crate) fn authority(&self) -> &str {
        self.text
            .split_once("://")
            .map_or(self.text.as_str(), |(_, authority)| authority)
    }

    /// The URL of an absolute path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    pub(super) fn did(&self) -> Result<DidWeb, ConfigError> {
        DidWeb::from_url(&self.url).map_err(|_| {
            ConfigError::invalid(
                "ISSUER_ORIGIN",
                "its host must be a domain name, because did:web has no addresses; use localhost for development",
            )
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_origins_are_accepted() {
        for text in [
            "https://issuer.example",
            "https://issuer.example:8443",
            "http://localhost:3000",
        ] {
            assert_eq!(Origin::parse("O", text).unwrap().as_str(), text);
        }
        let port = Origin::parse("O", "https://issuer.example:8443").unwrap();
        assert_eq!(port.authority(), "issuer.example:8443");
        let slash = Origin::parse("O", "https://issuer.example/").unwrap();
        assert_eq!(slash.at("/statuslist/0"), "https://issuer.example/statuslist/0");
        for text in [
            "",
            "issuer.example",
            "http://issuer.example",
            "https://issuer.example/path",
            "https://issuer.example?query",
            "https://user@issuer.example",
            "https://Issuer.example",
            "ftp://issuer.example",
        ] {
            assert!(Origin::parse("O", text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_has_no_did() {
        assert!(Origin::parse("O", "https://192.0.2.1").unwrap().did().is_err());
        let did = Origin::parse("O", "http://localhost:3000")
            .unwrap()
            .did()
            .unwrap();
        assert_eq!(did.to_string(), "did:web:localhost%3A3000");
    }
}

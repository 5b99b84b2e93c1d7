//! The HTTP proxy to the platform.

use std::fmt;

use url::Url;

use crate::{Environment, Error};

/// The proxy setting. Its `Debug` does not show a proxy's credentials.
#[derive(Clone, Default)]
pub(crate) enum Proxy {
    /// The proxies of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`); no
    /// proxy for this machine.
    #[default]
    System,
    None,
    Url(Url),
}

impl Proxy {
    /// Parses the http or https URL of a proxy, which may contain a user name and password.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let url = Url::parse(url).map_err(|_| Error::InvalidProxy)?;
        let fits = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && matches!(url.path(), "" | "/")
            && url.query().is_none();
        fits.then_some(Self::Url(url)).ok_or(Error::InvalidProxy)
    }

    pub(crate) fn apply(
        &self,
        http: reqwest::ClientBuilder,
        environment: &Environment,
    ) -> Result<reqwest::ClientBuilder, Error> {
        match self {
            Self::System if environment.is_loopback() => Ok(http.no_proxy()),
            Self::System => Ok(http),
            Self::None => Ok(http.no_proxy()),
            Self::Url(url) => {
                // The error would show the URL.
                let proxy = reqwest::Proxy::all(url.clone()).map_err(|_| Error::InvalidProxy)?;
                Ok(http.no_proxy().proxy(proxy))
            }
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::None => f.write_str("None"),
            Self::Url(url) => {
                let host = url.host_str().unwrap_or_default();
                let port = url.port_or_known_default().unwrap_or_default();
                write!(f, "{}://{host}:{port}", url.scheme())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_proxy_are_not_shown() {
        let proxy = Proxy::parse("http://ada:hunter2@proxy.example:3128").unwrap();
        assert_eq!(format!("{proxy:?}"), "http://proxy.example:3128");
        for bad in [
            "",
            "proxy.example:3128",
            "ftp://ada:hunter2@p.example",
            "http://p.example/hunter2",
        ] {
            let error = Proxy::parse(bad).unwrap_err();
            assert!(matches!(error, Error::InvalidProxy), "{bad}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}

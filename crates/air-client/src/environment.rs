//! The platform to call.

use std::str::FromStr;

use air_ids::is_loopback_host;
use url::Url;

use crate::Error;

/// A platform by its base URL. As text: `sandbox`, `production`, `local`, or a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Environment {
    /// The hosted sandbox: `https://api.sandbox.mocachain.org`.
    Sandbox,
    /// The hosted production platform: `https://mocachain-mainnet.api.air3.com`.
    Production,
    /// The local platform at its default address: `http://127.0.0.1:8300`.
    Local,
    /// Another platform, by a URL without a path.
    Custom(Url),
}

impl Environment {
    /// Returns the platform at a URL without a path.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] if it is not http or https, or has a path, query or password.
    pub fn at(url: &str) -> Result<Self, Error> {
        let parsed = Url::parse(url).map_err(|_| Error::InvalidUrl)?;
        let plain = matches!(parsed.scheme(), "http" | "https")
            && parsed.path() == "/"
            && parsed.query().is_none()
            && parsed.password().is_none()
            && parsed.username().is_empty();
        if plain {
            Ok(Self::Custom(parsed))
        } else {
            Err(Error::InvalidUrl)
        }
    }

    /// Checks whether this is one of the hosted platforms. They have no calls for the clock,
    /// faults, events and other things that only the local platform has.
    #[must_use]
    pub fn is_hosted(&self) -> bool {
        matches!(self, Self::Sandbox | Self::Production)
    }

    /// Checks whether the platform is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.base().host_str().is_some_and(is_loopback_host)
    }

    /// Returns the base URL, with a trailing slash.
    pub(crate) fn base(&self) -> Url {
        let fixed = match self {
            Self::Sandbox => "https://api.sandbox.mocachain.org/",
            Self::Production => "https://mocachain-mainnet.api.air3.com/",
            Self::Local => "http://127.0.0.1:8300/",
            Self::Custom(url) => return url.clone(),
        };
        fixed.parse().expect("a constant URL")
    }
}

impl FromStr for Environment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "sandbox" => Ok(Self::Sandbox),
            "production" => Ok(Self::Production),
            "local" => Ok(Self::Local),
            url => Self::at(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_documented_bases_and_the_local_one() {
        for (name, base, is_local) in [
            ("sandbox", "https://api.sandbox.mocachain.org/", false),
            ("production", "https://mocachain-mainnet.api.air3.com/", false),
            ("local", "http://127.0.0.1:8300/", true),
            ("https://air.example:8443", "https://air.example:8443/", false),
            ("http://localhost:1", "http://localhost:1/", true),
            ("http://[::1]:1", "http://[::1]:1/", true),
            ("http://127.0.0.2:1", "http://127.0.0.2:1/", true),
            ("http://air.localhost:1", "http://air.localhost:1/", true),
        ] {
            let environment: Environment = name.parse().unwrap();
            assert_eq!(environment.base().as_str(), base);
            assert_eq!(environment.is_loopback(), is_local, "{name}");
            assert_eq!(
                environment.is_hosted(),
                ["sandbox", "production"].contains(&name),
                "{name}"
            );
        }
    }

    #[test]
    fn a_url_is_a_host_and_no_more() {
        for url in [
            "",
            "Sandbox",
            "air.example",
            "ftp://air.example",
            "https://air.example/v1",
            "https://air.example/?q=1",
            "https://ada:secret@air.example",
        ] {
            let error = url.parse::<Environment>().unwrap_err();
            assert!(matches!(error, Error::InvalidUrl), "{url}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}

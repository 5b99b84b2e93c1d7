//! Which platform.

use url::Url;

use crate::Error;

/// A platform by its base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Environment {
    /// The hosted sandbox.
    Sandbox,
    /// The hosted production platform.
    Production,
    /// A platform elsewhere: `air sandbox` on this machine, most of all. Without a path: `http://127.0.0.1:8300`.
    At(Url),
}

impl Environment {
    /// A platform at a URL, without a path.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] when it is not http or https, or has a path, query or password.
    pub fn at(url: &str) -> Result<Self, Error> {
        let parsed = Url::parse(url).map_err(|_| Error::InvalidUrl)?;
        let plain = matches!(parsed.scheme(), "http" | "https")
            && parsed.path() == "/"
            && parsed.query().is_none()
            && parsed.password().is_none()
            && parsed.username().is_empty();
        if plain {
            Ok(Self::At(parsed))
        } else {
            Err(Error::InvalidUrl)
        }
    }

    /// Whether it is a platform on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        matches!(self, Self::At(url) if url
            .host_str()
            .is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]")))
    }

    /// The base, which ends in a slash.
    pub(crate) fn base(&self) -> Url {
        let fixed = match self {
            Self::Sandbox => "https://api.sandbox.mocachain.org/",
            Self::Production => "https://mocachain-mainnet.api.air3.com/",
            Self::At(url) => return url.clone(),
        };
        fixed.parse().expect("a constant URL")
    }
}

//! The proxy of outgoing requests: `HTTPS_PROXY`, or the vendor's `SOCKS5_PROXY`.

use air_fetch::Proxy;

use super::{ConfigError, Environment};

const HTTPS: &str = "HTTPS_PROXY";
const SOCKS5: &str = "SOCKS5_PROXY";

/// Reads the proxy. A URL may have a password, so it may be in a file as other secrets.
pub(super) fn read(environment: &Environment) -> Result<Option<Proxy>, ConfigError> {
    let exceptions = environment.get("NO_PROXY").unwrap_or_default();
    let (name, url) = match (environment.secret(HTTPS)?, environment.secret(SOCKS5)?) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            let rule = format!("`{SOCKS5}` is set too; remove one of the two");
            return Err(ConfigError::invalid(HTTPS, rule));
        }
        (Some(url), None) => (HTTPS, url.as_str().to_owned()),
        // The vendor's variable may be an address alone.
        (None, Some(url)) if !url.contains("://") => (SOCKS5, format!("socks5h://{}", url.as_str())),
        (None, Some(url)) => (SOCKS5, url.as_str().to_owned()),
    };
    let proxy =
        Proxy::parse(&url, exceptions).map_err(|error| ConfigError::invalid(name, error.to_string()))?;
    Ok(Some(proxy))
}

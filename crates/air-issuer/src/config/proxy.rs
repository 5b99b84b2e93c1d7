//! The proxy of outgoing requests: `HTTPS_PROXY`, or the vendor's `SOCKS5_PROXY`.

use air_fetch::Proxy;
use zeroize::Zeroizing;

use super::{ConfigError, Environment};

const HTTPS: &str = "HTTPS_PROXY";
const SOCKS5: &str = "SOCKS5_PROXY";

/// Reads the proxy. A URL may have a password, so it may be in a file as other secrets. Without a scheme, it is that
/// of the variable.
pub(super) fn read(environment: &Environment) -> Result<Option<Proxy>, ConfigError> {
    let (name, scheme, url) = match (environment.secret(HTTPS)?, environment.secret(SOCKS5)?) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            let rule = format!("`{SOCKS5}` is set too; remove one of the two");
            return Err(ConfigError::invalid(HTTPS, rule));
        }
        (Some(url), None) => (HTTPS, "http", url),
        (None, Some(url)) => (SOCKS5, "socks5h", url),
    };
    let url = if url.contains("://") {
        url
    } else {
        Zeroizing::new(format!("{scheme}://{}", url.as_str()))
    };
    let exceptions = environment.get("NO_PROXY").unwrap_or_default();
    let proxy = Proxy::parse(&url, exceptions);
    proxy
        .map(Some)
        .map_err(|error| ConfigError::invalid(name, error.to_string()))
}

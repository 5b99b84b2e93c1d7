//! Web origins (RFC 6454).

use std::{fmt, net::Ipv6Addr, str::FromStr};

use serde::{Deserialize, Serialize};

use super::authority::{Authority, Host};
use crate::Error;

/// A web origin, such as `https://app.example` or `http://localhost:3000`: scheme, host and port,
/// without a path.
///
/// It is stored in the form that browsers send (RFC 6454, section 6.2): in lower case, with IPv6
/// addresses compressed, and without the scheme's default port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebOrigin(String);

impl WebOrigin {
    /// The origin in the form that browsers send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WebOrigin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        canonical(text).map(Self).ok_or(Error::InvalidWebOrigin)
    }
}

fn canonical(text: &str) -> Option<String> {
    let (scheme, default_port, authority) =
        match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => ("https", 443, rest),
            (None, Some(rest)) => ("http", 80, rest),
            (None, None) => return None,
        };
    let Authority { host, port } = Authority::parse(authority)?;
    let host = match host {
        Host::Name(name) => name.to_ascii_lowercase(),
        Host::V4(address) => address.to_string(),
        Host::V6(address) => format!("[{}]", compressed(address)),
    };
    Some(match port.filter(|port| *port != default_port) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

/// Formats the address as the URL Standard does, which never ends it with an IPv4 address.
fn compressed(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}

/// The regular expression of the texts that the parser accepts.
#[cfg(feature = "openapi")]
pub(crate) fn pattern() -> String {
    use super::authority::patterns::{PORT, host};

    format!("^https?://{}{PORT}$", host())
}

impl TryFrom<String> for WebOrigin {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<WebOrigin> for String {
    fn from(origin: WebOrigin) -> Self {
        origin.0
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_as_browsers_send_it() {
        for (written, sent) in [
            ("https://app.example", "https://app.example"),
            ("https://App.Example:443", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://localhost:80", "http://localhost"),
            ("http://localhost:443", "http://localhost:443"),
            ("http://127.0.0.1:12345", "http://127.0.0.1:12345"),
            ("http://[0:0:0:0:0:0:0:1]:5173", "http://[::1]:5173"),
            ("https://[2001:DB8:0:0:1:0:0:1]", "https://[2001:db8::1:0:0:1]"),
            ("https://[::ffff:1.2.3.4]", "https://[::ffff:102:304]"),
            ("https://under_score.example", "https://under_score.example"),
        ] {
            assert_eq!(
                written.parse::<WebOrigin>().map(String::from),
                Ok(sent.to_owned())
            );
        }
    }

    #[test]
    fn has_nothing_but_scheme_host_and_port() {
        for bad in [
            "",
            "null",
            "*",
            "app.example",
            "https://app.example/",
            "https://user@app.example",
            "https://*.app.example",
            "https://app.example:70000",
            "file:///etc",
            "https://a\"b",
            "https://app.example\", \"https://evil.example",
        ] {
            assert_eq!(bad.parse::<WebOrigin>(), Err(Error::InvalidWebOrigin), "{bad}");
        }
    }
}

//! URLs that the platform fetches from or posts to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::authority::Authority;
use crate::Error;

/// The maximum length of a URL in bytes.
const LIMIT: usize = 2048;

/// An absolute URL (RFC 3986, section 4.3, also with a fragment): `https://` and any host, or
/// `http://` and a host of the local machine.
///
/// It is ASCII, has at most 2,048 bytes and no user information. A host is an IP address, or a name
/// of letters, digits, `-`, `_` and `.` whose last label does not begin with a digit. An
/// internationalised name must be written in punycode. Parsing does not decide whether the platform
/// may connect to the address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebUrl(String);

impl WebUrl {
    /// The URL exactly as it was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_web_url(text: &str) -> bool {
    let (is_https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return false,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some((authority, rest)) = rest.split_at_checked(end) else {
        return false;
    };
    let is_good_host =
        Authority::parse(authority).is_some_and(|authority| is_https || authority.is_loopback());
    is_good_host && is_path_query_and_fragment(rest)
}

/// `path-abempty [ "?" query ] [ "#" fragment ]`.
fn is_path_query_and_fragment(text: &str) -> bool {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    are_characters(path, b"/") && are_characters(query, b"/?") && are_characters(fragment, b"/?")
}

/// Whether all characters are `pchar` of RFC 3986 or among `more`.
fn are_characters(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_good = match byte {
            b'%' => (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            byte => {
                byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) || more.contains(&byte)
            }
        };
        if !is_good {
            return false;
        }
    }
    true
}

/// The regular expression of the texts that the parser accepts, except the limit of their length.
#[cfg(feature = "openapi")]
pub(crate) fn pattern() -> String {
    use super::authority::patterns::{PORT, host, loopback};

    let character = "[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}";
    let (host, loopback) = (host(), loopback());
    format!(
        r"^(https://{host}|http://{loopback}){PORT}(/({character}|/)*)?(\?({character}|[/?])*)?(#({character}|[/?])*)?$"
    )
}

impl TryFrom<String> for WebUrl {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        if text.len() <= LIMIT && is_web_url(&text) {
            Ok(Self(text))
        } else {
            Err(Error::InvalidWebUrl)
        }
    }
}

impl FromStr for WebUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl From<WebUrl> for String {
    fn from(url: WebUrl) -> Self {
        url.0
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_and_http_on_this_machine() {
        for good in [
            "https://example.com",
            "https://example.com:65535/jwks.json?v=1&w=%20#key",
            "https://10.0.0.1/",
            "https://[2606:4700:4700::1111]:8443/",
            "https://_under.score_.example/",
            "http://127.0.0.1:33577/jwks.json",
            "http://LOCALHOST:1/",
            "http://issuer.localhost/",
            "http://[::1]:5173/",
        ] {
            assert_eq!(good.parse::<WebUrl>().map(String::from), Ok(good.to_owned()));
        }
    }

    #[test]
    fn refuses_every_other_text() {
        for bad in [
            "",
            "https://",
            "https:///path",
            "HTTPS://example.com/",
            "ftp://example.com/",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://128.0.0.1/",
            "https://user@example.com/",
            "https://example.com:0/",
            "https://example.com:65536/",
            "https://example.com:/",
            "https://1.2.3.400/",
            "https://1/",
            "https://a..b/",
            "https://-a.example/",
            "https://bücher.example/",
            "https://example.com/a b",
            "https://example.com/%2",
            "https://example.com\\@evil.example/",
            "https://[::1/",
            "https://[v1.a]/",
            &format!("https://example.com/{}", "a".repeat(2048)),
        ] {
            assert_eq!(bad.parse::<WebUrl>(), Err(Error::InvalidWebUrl), "{bad}");
        }
    }
}

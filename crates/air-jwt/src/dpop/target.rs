//! Target URIs without query and fragment, normalized for comparison (RFC 9449, 4.3; RFC 3986,
//! 6.2.2 and 6.2.3).

use std::fmt::{self, Write};

use super::DpopError;

/// The maximum length of a URL in bytes.
const LIMIT: usize = 2048;

/// A normalized URL: scheme and host in lower case, no default port, no dot segments, and percent
/// encoding only where it is needed. Query and fragment are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TargetUri(String);

impl TargetUri {
    pub(super) fn parse(url: &str) -> Result<Self, DpopError> {
        normalize(url).map(Self).ok_or(DpopError::InvalidTarget)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn normalize(url: &str) -> Option<String> {
    if url.len() > LIMIT {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => "443",
        "http" => "80",
        _ => return None,
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let hierarchy = rest.get(..end)?;
    let start = hierarchy.find('/').unwrap_or(hierarchy.len());
    let (authority, path) = hierarchy.split_at_checked(start)?;
    let (host, port) = split_port(authority)?;
    let host = normalize_host(host)?;
    let path = remove_dot_segments(&decode_unreserved(path, |byte| b"/:@".contains(&byte))?);
    let port = match port.trim_start_matches('0') {
        "" => String::new(),
        port if port == default_port => String::new(),
        port => format!(":{port}"),
    };
    Some(format!("{scheme}://{host}{port}{path}"))
}

/// Splits the authority. User information is refused: a request's URL never has any.
fn split_port(authority: &str) -> Option<(&str, &str)> {
    let literal_end = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.get(literal_end..)?.rfind(':') {
        Some(at) => (
            authority.get(..literal_end + at)?,
            authority.get(literal_end + at + 1..)?,
        ),
        None => (authority, ""),
    };
    let is_port = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_port && !host.is_empty()).then_some((host, port))
}

fn normalize_host(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: std::net::Ipv6Addr = address.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    decode_unreserved(host, |_| false).map(|host| host.to_ascii_lowercase())
}

/// Decodes the percent encoding of unreserved characters, and writes the rest of it in upper case.
/// Returns `None` for a character that neither is unreserved, nor a sub-delimiter, nor allowed here.
fn decode_unreserved(text: &str, is_allowed: impl Fn(u8) -> bool) -> Option<String> {
    let mut normal = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
            let decoded = high * 16 + low;
            if is_unreserved(decoded) {
                normal.push(char::from(decoded));
            } else {
                // Writing to a text can't fail.
                let _ = write!(normal, "%{decoded:02X}");
            }
        } else if is_unreserved(byte) || b"!$&'()*+,;=".contains(&byte) || is_allowed(byte) {
            normal.push(char::from(byte));
        } else {
            return None;
        }
    }
    Some(normal)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}

/// Removes `.` and `..` (RFC 3986, 5.2.4). An empty path becomes `/`.
fn remove_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_in_folder = true;
    for segment in path.split('/').skip(1) {
        ends_in_folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let mut normal = String::with_capacity(path.len() + 1);
    for segment in kept {
        normal.push('/');
        normal.push_str(segment);
    }
    if ends_in_folder {
        normal.push('/');
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_query_and_fragment_and_normalizes() {
        for (url, normal) in [
            (
                "https://server.example.com/token",
                "https://server.example.com/token",
            ),
            (
                "HTTPS://Server.Example.COM:443/token?a=b#c",
                "https://server.example.com/token",
            ),
            ("http://localhost:80", "http://localhost/"),
            ("http://localhost:0080/", "http://localhost/"),
            ("http://localhost:443/", "http://localhost:443/"),
            ("https://a.example:/x", "https://a.example/x"),
            ("https://a.example?x=/y", "https://a.example/"),
            (
                "https://a.example/%7euser/%e2%82%ac",
                "https://a.example/~user/%E2%82%AC",
            ),
            ("https://a.example/a%2fb", "https://a.example/a%2Fb"),
            ("https://a.example/a/./b/../c", "https://a.example/a/c"),
            ("https://a.example/a/..", "https://a.example/"),
            ("https://a.example/../a/.", "https://a.example/a/"),
            ("https://a.example/a/", "https://a.example/a/"),
            ("https://a.example/a//b", "https://a.example/a//b"),
            ("https://[::0:1]:8443/x", "https://[::1]:8443/x"),
            ("https://[::]/", "https://[::]/"),
            ("https://a%2Eexample/", "https://a.example/"),
        ] {
            let parsed = TargetUri::parse(url).unwrap();
            assert_eq!(parsed.as_str(), normal, "{url}");
            assert_eq!(TargetUri::parse(normal).unwrap(), parsed, "{url}");
        }
    }

    #[test]
    fn keeps_other_resources_apart() {
        let same = |a, b| TargetUri::parse(a).unwrap() == TargetUri::parse(b).unwrap();
        assert!(!same("https://a.example/a", "https://a.example/a/"));
        assert!(!same("https://a.example/a", "https://a.example/A"));
        assert!(!same("https://a.example/", "http://a.example/"));
        assert!(!same("https://a.example/", "https://a.example:8443/"));
        assert!(!same("https://a.example/a%2Fb", "https://a.example/a/b"));
    }

    #[test]
    fn refuses_what_no_request_has() {
        for url in [
            "",
            "token",
            "/token",
            "ftp://a.example/",
            "https://",
            "https:///a",
            "https://:443/",
            "https://user@a.example/",
            "https://user:secret@a.example/",
            "https://a.example:x/",
            "https://a.example:123456/",
            "https://a.example/a b",
            "https://a.example\\@b.example/",
            "https://a.example/%",
            "https://a.example/%4",
            "https://a.example/%zz",
            "https://ä.example/",
            "https://[::1/",
            "https://[x]/",
            "https://a[::1]/",
        ] {
            assert_eq!(TargetUri::parse(url), Err(DpopError::InvalidTarget), "{url}");
        }
        let start = "https://a.example/";
        let longest = format!("{start}{}", "a".repeat(LIMIT - start.len()));
        assert!(TargetUri::parse(&longest).is_ok());
        let long = format!("{longest}a");
        assert_eq!(TargetUri::parse(&long), Err(DpopError::InvalidTarget));
    }
}

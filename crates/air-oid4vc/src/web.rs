//! URLs of other parties.

use air_ids::is_loopback_host;
use url::Url;

/// The maximum length of a URL in bytes.
pub(crate) const LENGTH_LIMIT: usize = 2048;

/// Reads an https URL without credentials and fragment. `http` is allowed for this machine only.
///
/// Callers keep the text, so it must mean the same to every parser: the parser of this crate follows the
/// WHATWG, removes spaces, tabs and newlines, and reads a backslash as a slash.
pub(crate) fn endpoint(text: &str) -> Option<Url> {
    if text.len() > LENGTH_LIMIT {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let is_secure = url.scheme() == "https" || url.scheme() == "http" && is_loopback_host(host);
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    let is_accepted = is_secure && !has_credentials && url.fragment().is_none() && is_exact(text, host);
    is_accepted.then_some(url)
}

/// Whether the text has printable ASCII only and no backslash, and has the parsed host as it is, after
/// `://` and without anything before it.
fn is_exact(text: &str, host: &str) -> bool {
    let is_printable = text.bytes().all(|c| c.is_ascii_graphic() && c != b'\\');
    let authority = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    let has_host = authority
        .and_then(|authority| authority.split_at_checked(host.len()))
        .is_some_and(|(named, port)| {
            named.eq_ignore_ascii_case(host) && (port.is_empty() || port.starts_with(':'))
        });
    is_printable && has_host
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn accepts_https_and_this_machine() {
        for url in [
            "https://a.example/x?y=1",
            "http://localhost:8080/x",
            "http://127.0.0.1/x",
            "http://[::1]:8080/x",
            "https://A.Example:443",
            "https://a.example?y=@b.example",
        ] {
            assert!(endpoint(url).is_some(), "{url}");
        }
        let long = format!("https://a.example/{}", "x".repeat(2048));
        let others = [
            "http://a.example/x",
            "https://user@a.example/x",
            "https://a.example/x#y",
            "ftp://a.example/x",
            "a.example/x",
            "data:,x",
            &long,
            // Other parsers read another host, or other text.
            r"https://a.example\@b.example/x",
            r"https:\\a.example/x",
            "https://a.exa\tmple/x",
            "https://a.example/x\n",
            " https://a.example/x",
            "https://a.example/x y",
            "https:///a.example/x",
            "https:a.example/x",
            "https://@a.example/x",
            "https://%61.example/x",
            "https://ä.example/x",
            "http://0x7f.1/x",
        ];
        for url in others {
            assert!(endpoint(url).is_none(), "{url}");
        }
    }
}

//! URLs of other parties.

use air_ids::is_loopback_host;
use url::Url;

/// The maximum length of a URL in bytes.
pub(crate) const LENGTH_LIMIT: usize = 2048;

/// Reads an https URL without credentials and fragment. `http` is allowed for this machine only.
pub(crate) fn endpoint(text: &str) -> Option<Url> {
    if text.len() > LENGTH_LIMIT {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let is_secure = url.scheme() == "https" || url.scheme() == "http" && is_loopback_host(host);
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    (is_secure && !has_credentials && url.fragment().is_none()).then_some(url)
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
        ];
        for url in others {
            assert!(endpoint(url).is_none(), "{url}");
        }
    }
}

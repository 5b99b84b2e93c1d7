//! Web origins (RFC 6454). Partners register the origins of pages that may call the API.

use air_ids::is_loopback_host;
use url::Url;

use super::App;
use air_store::partners;

/// Checks whether this is a web origin in the format of browsers: scheme, host, and the port if it
/// is not the scheme's default.
pub(crate) fn is_origin(text: &str) -> bool {
    parse(text).is_some()
}

/// Checks whether a page of this origin may call without registration: `localhost` or a loopback
/// address. A subdomain of `localhost` belongs to one app, whose partner must register it.
#[must_use]
pub fn is_loopback(origin: &str) -> bool {
    let is_page_of_this_machine = |host: &str| is_loopback_host(host) && !host.ends_with(".localhost");
    parse(origin).is_some_and(|url| url.host_str().is_some_and(is_page_of_this_machine))
}

/// Checks whether any partner has registered the origin.
pub async fn is_registered(app: &App, origin: &str) -> bool {
    if !is_origin(origin) {
        return false;
    }
    let found = async { partners::is_origin_of_any(&mut *app.store.read().await?, origin).await };
    found.await.unwrap_or_else(|error: sqlx::Error| {
        tracing::error!(%error, "an origin could not be looked up; its page may not call");
        false
    })
}

fn parse(text: &str) -> Option<Url> {
    // The URL standard allows quotes and asterisks in a host, but no real host has them. The
    // remaining characters need no escape in the store.
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'*'));
    let url = is_plain.then(|| Url::parse(text).ok())??;
    (matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for good in [
            "https://app.example",
            "https://app.example:8443",
            "http://localhost:3000",
            "http://[::1]:5173",
            "https://under_score.example",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "null",
            "*",
            "app.example",
            "https://app.example/",
            "https://app.example:443",
            "https://App.example",
            "https://user@app.example",
            "https://*.app.example",
            "file:///etc",
            "https://a\"b",
            "https://app.example\", \"https://evil.example",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn loopback_is_this_machine_by_name_or_address() {
        for here in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173"] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "http://app.localhost:3000",
            "https://localhost.example",
            "http://127.0.0.1.example",
            "null",
            "http://10.0.0.1",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}

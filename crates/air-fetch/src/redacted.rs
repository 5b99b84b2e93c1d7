//! Redacts URLs.

use url::Url;

/// Returns the URL without user, password, query and fragment, which may be secrets. For messages and logs.
#[must_use]
pub fn redacted(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return "(no URL)".to_owned();
    };
    if !url.has_host() || url.set_username("").is_err() || url.set_password(None).is_err() {
        return format!("({} URL)", url.scheme());
    }
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_where_and_nothing_secret() {
        for (url, shown) in [
            (
                "https://partner.example/jwks.json",
                "https://partner.example/jwks.json",
            ),
            (
                "https://ada:hunter2@partner.example:8443/a/b?key=hunter2#hunter2",
                "https://partner.example:8443/a/b",
            ),
            ("http://127.0.0.1:8311/", "http://127.0.0.1:8311/"),
            ("data:text/plain,hunter2", "(data URL)"),
            ("file:///hunter2", "(file URL)"),
            ("hunter2", "(no URL)"),
            ("https://ada:hunter2@", "(no URL)"),
        ] {
            assert_eq!(redacted(url), shown);
        }
    }
}

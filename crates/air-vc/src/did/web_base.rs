//! Compares a `did:web` with the URL of the same issuer. The URL is compared as text: a parser for URLs has large tables of host names,
//! which the browser module `verify` would have to include.

use air_ids::is_loopback_host;

/// Whether `url` is the issuer's URL `https://<host>[:<port>][/<path>]` for this `did:web`. A slash at its end does not count, and http
/// counts on this machine.
pub(crate) fn is_base_of(url: &str, did: &str) -> bool {
    base_of(did).is_some_and(|base| is_at(url.strip_suffix('/').unwrap_or(url), &base))
}

/// Whether `origin` is the origin of a `did:web` without a path.
pub(crate) fn is_origin_of(origin: &str, did: &str) -> bool {
    base_of(did).is_some_and(|base| !base.contains('/') && is_at(origin, &base))
}

fn is_at(url: &str, base: &str) -> bool {
    if let Some(rest) = url.strip_prefix("https://") {
        return rest == base;
    }
    let host = base.split(['/', ':']).next().unwrap_or_default();
    url.strip_prefix("http://") == Some(base) && is_loopback_host(host)
}

/// The host, port and path of a `did:web`, as a URL has them.
fn base_of(did: &str) -> Option<String> {
    let base = did.strip_prefix("did:web:").filter(|rest| !rest.is_empty())?;
    let segments: Vec<String> = base
        .split(':')
        .map(|segment| segment.replace("%3A", ":"))
        .collect();
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::did::DidWeb;

    #[test]
    fn the_base_is_the_url_that_gives_the_did() {
        for url in [
            "https://issuer.example",
            "https://issuer.example/",
            "https://issuer.example:8443",
            "https://issuer.example/eu/health",
            "http://localhost:3000",
            "https://localhost",
        ] {
            let did = DidWeb::from_url(&Url::parse(url).unwrap()).unwrap();
            assert!(is_base_of(url, &did.did().to_string()), "{url}");
        }
    }

    #[test]
    fn another_scheme_host_port_or_path_is_another_issuer() {
        for (url, did) in [
            ("http://issuer.example", "did:web:issuer.example"),
            ("https://issuer.example:8443", "did:web:issuer.example"),
            ("https://issuer.example/eu", "did:web:issuer.example"),
            ("https://issuer.example", "did:web:issuer.example:eu"),
            ("https://issuer.example", "did:web:issuer.example.evil"),
            ("https://user@issuer.example", "did:web:issuer.example"),
            ("ftp://issuer.example", "did:web:issuer.example"),
            ("https://", "did:web:"),
            ("issuer.example", "did:web:issuer.example"),
        ] {
            assert!(!is_base_of(url, did), "{url} {did}");
        }
    }

    #[test]
    fn an_origin_has_no_path_and_no_slash_at_its_end() {
        assert!(is_origin_of("https://issuer.example", "did:web:issuer.example"));
        assert!(is_origin_of("http://localhost:3000", "did:web:localhost%3A3000"));
        for (origin, did) in [
            ("https://issuer.example/", "did:web:issuer.example"),
            ("https://issuer.example/eu", "did:web:issuer.example:eu"),
            ("https://issuer.example", "did:web:issuer.example:eu"),
            ("http://issuer.example", "did:web:issuer.example"),
        ] {
            assert!(!is_origin_of(origin, did), "{origin} {did}");
        }
    }
}

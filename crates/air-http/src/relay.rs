//! Recognises requests that another party relays: a proxy, or another air process that received a URL.
//!
//! Headers cannot prove who the caller is. They can only show that a request does not come directly from a
//! client of this machine.

use axum::http::{HeaderMap, Version, header};

/// The request headers that proxies add, in addition to headers with the prefix [`FORWARDED`].
const PROXY_HEADERS: [&str; 9] = [
    "via",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-host",
    "true-client-ip",
    "cf-connecting-ip",
    "fly-client-ip",
];
const FORWARDED: &str = "x-forwarded-";
/// The prefix of the headers of a delivery (Standard Webhooks).
const WEBHOOK: &str = "webhook-";

/// Checks whether a proxy may have sent the request. By default, nginx uses HTTP/1.0 for its upstream;
/// browsers, curl and `air` do not.
#[must_use]
pub fn is_proxied(version: Version, headers: &HeaderMap) -> bool {
    version < Version::HTTP_11
        || headers.keys().any(|name| {
            let name = name.as_str();
            PROXY_HEADERS.contains(&name) || name.starts_with(FORWARDED)
        })
}

/// Checks whether an air process sent the request to a URL that another party named: a callback, an event, a
/// fetched document.
#[must_use]
pub fn is_outgoing(headers: &HeaderMap) -> bool {
    let is_delivery = headers.keys().any(|name| name.as_str().starts_with(WEBHOOK));
    let agent = headers.get(header::USER_AGENT);
    let is_fetch = agent.is_some_and(|agent| agent.as_bytes().starts_with(b"air-fetch/"));
    is_delivery || is_fetch
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn http_1_0_and_each_header_of_a_proxy_show_a_proxy() {
        assert!(is_proxied(Version::HTTP_10, &HeaderMap::new()));
        assert!(is_proxied(Version::HTTP_09, &HeaderMap::new()));
        for name in [
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-prefix",
        ] {
            assert!(is_proxied(Version::HTTP_11, &headers(name, "")), "{name}");
        }
        for name in PROXY_HEADERS {
            assert!(is_proxied(Version::HTTP_11, &headers(name, "a")), "{name}");
        }
        assert!(!is_proxied(Version::HTTP_11, &headers("host", "localhost")));
    }

    #[test]
    fn deliveries_and_fetches_are_outgoing_requests() {
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            assert!(is_outgoing(&headers(name, "")), "{name}");
        }
        assert!(is_outgoing(&headers("user-agent", "air-fetch/0.1.0")));
        assert!(
            !is_outgoing(&headers("user-agent", "air/0.1.0")),
            "the client's own"
        );
        assert!(!is_outgoing(&headers("user-agent", "curl/8.5.0")));
    }
}

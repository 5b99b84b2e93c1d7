//! A fetched document: its bytes and its response headers.

use std::time::{Duration, SystemTime};

use air_ids::UnixTime;
use reqwest::header::{self, HeaderMap, HeaderName};
use url::Url;

use crate::{policy::is_this_machine, redacted};

/// The requested media types, for the header `Accept` (RFC 9110, 12.5.1). A server may send another type,
/// which [`Document::content_type`] contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Accept {
    /// A JWK set (RFC 7517, 8.5.2), or JSON.
    JwkSet,
    /// JSON: issuers' metadata, types' metadata.
    Json,
    /// A DID document (DID 1.0, 6; DID 1.1), or JSON.
    DidDocument,
    /// A status list token as JWT (Token Status List, 8.1).
    StatusList,
    /// A status list token as JWT or CWT (Token Status List, 8.1).
    AnyStatusList,
    /// A W3C credential or a Bitstring status list credential, as JWT (Securing VCs using JOSE and COSE, 6.1)
    /// or JSON (VC Data Model 2.0, C.2).
    Credential,
}

impl Accept {
    /// Returns the header's value.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::JwkSet => "application/jwk-set+json, application/json",
            Self::Json => "application/json",
            Self::DidDocument => {
                "application/did+json, application/did+ld+json, application/did, application/json"
            }
            Self::StatusList => "application/statuslist+jwt",
            Self::AnyStatusList => "application/statuslist+jwt, application/statuslist+cwt;q=0.9",
            Self::Credential => "application/vc+jwt, application/vc, application/json",
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A document as the server sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The complete body.
    pub bytes: Vec<u8>,
    /// The server's time (`Date`).
    pub date: Option<UnixTime>,
    /// The time for which the document may be cached (`Cache-Control`).
    pub max_age: Option<Duration>,
    /// The media type (`Content-Type`), including its parameters.
    pub content_type: Option<String>,
    url: Url,
}

impl Document {
    /// Returns the bytes without a byte order mark, which a JSON parser may ignore (RFC 8259, 8.1).
    #[must_use]
    pub fn json(&self) -> &[u8] {
        self.bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.bytes)
    }

    /// Checks whether this machine served the document, by a loopback address or as `localhost`.
    #[must_use]
    pub fn is_from_loopback(&self) -> bool {
        is_this_machine(&self.url)
    }

    /// Returns the document's URL without user, password, query and fragment.
    #[must_use]
    pub fn redacted_url(&self) -> String {
        redacted(self.url.as_str())
    }

    pub(crate) fn new(url: Url, headers: &HeaderMap, bytes: Vec<u8>) -> Self {
        Self {
            url,
            bytes,
            date: date(headers),
            max_age: max_age(headers),
            content_type: text(headers, header::CONTENT_TYPE).map(str::to_owned),
        }
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn date(headers: &HeaderMap) -> Option<UnixTime> {
    let date = httpdate::parse_http_date(text(headers, header::DATE)?).ok()?;
    date.duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .map(|since| UnixTime::from_secs(since.as_secs()))
}

/// Returns `max-age` of `Cache-Control` (RFC 9111, 5.2.2), or `None` if `no-store` or `no-cache` is present.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim);
    directives.filter_map(lifetime).min()
}

fn lifetime(directive: &str) -> Option<Duration> {
    if directive.eq_ignore_ascii_case("no-store") || directive.eq_ignore_ascii_case("no-cache") {
        return Some(Duration::ZERO);
    }
    let (name, seconds) = directive.split_once('=')?;
    let seconds = seconds.trim_matches('"').parse().ok()?;
    name.eq_ignore_ascii_case("max-age")
        .then_some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_long_an_answer_may_be_kept() {
        let of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::CACHE_CONTROL, line.parse().unwrap());
            }
            max_age(&headers)
        };
        assert_eq!(of(&["public, max-age=60"]), Some(Duration::from_mins(1)));
        assert_eq!(of(&["Max-Age=\"7\""]), Some(Duration::from_secs(7)));
        assert_eq!(of(&["no-store"]), Some(Duration::ZERO));
        assert_eq!(of(&["max-age=60, no-store"]), Some(Duration::ZERO));
        assert_eq!(of(&["max-age=60", "no-cache"]), Some(Duration::ZERO));
        assert_eq!(of(&["public"]), None);
        assert_eq!(of(&["max-age=soon"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn reads_the_servers_clock() {
        let of = |text: &str| date(&HeaderMap::from_iter([(header::DATE, text.parse().unwrap())]));
        assert_eq!(
            of("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(UnixTime::from_secs(784_111_777))
        ); // RFC 9110, 5.6.7
        assert_eq!(of("yesterday"), None);
    }

    #[test]
    fn each_kind_can_be_a_header() {
        for accept in [
            Accept::JwkSet,
            Accept::Json,
            Accept::DidDocument,
            Accept::StatusList,
            Accept::AnyStatusList,
            Accept::Credential,
        ] {
            assert!(
                header::HeaderValue::from_str(accept.header()).is_ok(),
                "{accept:?}"
            );
        }
    }
}

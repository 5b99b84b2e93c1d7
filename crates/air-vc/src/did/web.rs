//! `did:web` (W3C CCG, "did:web Method Specification"): a document on the issuer's host.

use std::{fmt, str::FromStr};

use air_ids::is_loopback_host;
use url::{Host, Url};

use super::{Did, location};
use crate::Error;

const WELL_KNOWN: &str = ".well-known";
const DOCUMENT: &str = "did.json";

/// `did:web:<host>[%3A<port>][:<path segment>…]`.
///
/// The method and this type reject IP addresses. A host is written as in DNS, in lower case and
/// punycode, and has a dot. `localhost` and its subdomains are for development
/// ([`Self::is_loopback`]), and a [`Resolver`](super::Resolver) accepts them only when it is
/// configured to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DidWeb {
    did: Did,
    document: Url,
}

impl DidWeb {
    /// The identifier.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The document's URL over https: `https://<host>/.well-known/did.json`, or
    /// `https://<host>/<path>/did.json`.
    #[must_use]
    pub fn document_url(&self) -> &Url {
        &self.document
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        location::is_loopback(&self.document)
    }

    /// The document's URL in development: over http when the host is this machine, and otherwise
    /// over https.
    #[must_use]
    pub fn development_url(&self) -> Url {
        let mut url = self.document.clone();
        if self.is_loopback() {
            url.set_scheme("http").expect("both are special schemes");
        }
        url
    }

    /// The DID whose document is at `url`, or the DID of the issuer whose base URL it is
    /// (`https://issuer.example/eu` gives `did:web:issuer.example:eu`).
    ///
    /// # Errors
    /// [`Error::InvalidDid`] unless the URL is https (http on this machine) and has a host name,
    /// and no user, query or fragment.
    pub fn from_url(url: &Url) -> Result<Self, Error> {
        if !location::is_plain(url) || url.query().is_some() {
            return Err(Error::InvalidDid {
                reason: "did:web needs an https URL without user, query and fragment",
            });
        }
        let port = url.port().map(|port| format!("%3A{port}")).unwrap_or_default();
        let mut text = format!("did:web:{}{port}", url.host_str().unwrap_or_default());
        let mut segments: Vec<_> = url.path_segments().into_iter().flatten().collect();
        if matches!(segments.last(), Some(&("" | DOCUMENT))) {
            segments.pop();
        }
        if segments == [WELL_KNOWN] {
            segments.pop();
        }
        for segment in segments {
            text.push(':');
            // A colon would begin the next segment.
            text.push_str(&segment.replace(':', "%3A"));
        }
        text.parse()
    }
}

impl FromStr for DidWeb {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(Did::of_method(text, "web")?)
    }
}

impl TryFrom<Did> for DidWeb {
    type Error = Error;

    fn try_from(did: Did) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidDid { reason };
        if did.method() != "web" {
            return Err(invalid("it has another method"));
        }
        let mut parts = did.method_specific_id().split(':');
        let authority = parts.next().unwrap_or_default().replace("%3a", "%3A");
        let (host, port) = match authority.split_once("%3A") {
            Some((host, port)) => (host, Some(read_port(port)?)),
            None => (authority.as_str(), None),
        };
        check_host(host)?;
        let path: Vec<_> = parts.collect();
        path.iter().try_for_each(|segment| check_segment(segment))?;
        let path = match path.as_slice() {
            [] => WELL_KNOWN.to_owned(),
            [WELL_KNOWN] => return Err(invalid("`.well-known` alone is reserved for the host's own DID")),
            segments => segments.join("/"),
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let document = Url::parse(&format!("https://{host}{port}/{path}/{DOCUMENT}"))
            .map_err(|_| invalid("its host is not a domain name"))?;
        // The URL parser decides what is an address: "127.1" and "0x7f.1" are addresses.
        if document.host() != Some(Host::Domain(host)) {
            return Err(invalid(
                "its host is not a domain name in lower case and punycode; addresses are not allowed",
            ));
        }
        Ok(Self { did, document })
    }
}

fn read_port(text: &str) -> Result<u16, Error> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    // 443 is the default port; with it, one host would have two names.
    text.parse()
        .ok()
        .filter(|port| digits && *port != 443)
        .ok_or(Error::InvalidDid {
            reason: "its port is not a number from 1 to 65535 other than 443, the default",
        })
}

fn check_host(host: &str) -> Result<(), Error> {
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // RFC 1123, 2.1.
    if host.len() > 253 || !host.split('.').all(label) {
        return Err(Error::InvalidDid {
            reason: "its host is not a domain name in lower case and punycode; addresses are not allowed",
        });
    }
    if !host.contains('.') && !is_loopback_host(host) {
        return Err(Error::InvalidDid {
            reason: "its host is not a full domain name: it has no dot",
        });
    }
    Ok(())
}

/// No segment changes the path on any server, and none has two spellings.
fn check_segment(segment: &str) -> Result<(), Error> {
    let invalid = |reason| Err(Error::InvalidDid { reason });
    if segment.is_empty() {
        return invalid("a part of its path is empty");
    }
    if matches!(segment, "." | "..") {
        return invalid("its path has `.` or `..`");
    }
    let mut rest = segment;
    while let Some((_, after)) = rest.split_once('%') {
        let octet = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let needless = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
        let delimits = |octet: u8| octet.is_ascii_control() || b"/\\?#%".contains(&octet);
        if octet.is_none_or(|octet| needless(octet) || delimits(octet)) {
            return invalid("its path percent-encodes a delimiter, or a character that needs no encoding");
        }
        rest = after;
    }
    Ok(())
}

impl From<DidWeb> for Did {
    fn from(did: DidWeb) -> Self {
        did.did
    }
}

impl fmt::Display for DidWeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.did.fmt(f)
    }
}

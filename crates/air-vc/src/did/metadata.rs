//! JWT VC Issuer Metadata (SD-JWT VC draft, section "JWT VC Issuer Metadata"): the keys of an
//! issuer that is an https URL.

use std::{fmt, str::FromStr};

use air_jwt::JwkSet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::location;
use crate::Error;

/// The maximum size of metadata in bytes: the maximum of a JWK set, and space for the other
/// members.
pub(super) const LIMIT: usize = 260 * 1024;

/// An issuer's URL, as in `iss`: https (http on this machine, in development), a host, an optional
/// port and path, at most 2,048 characters. Issuers are compared by character, so only the normal
/// spelling is accepted (lower-case host, no default port).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerUrl {
    text: String,
    url: Url,
}

impl IssuerUrl {
    /// The URL exactly as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parsed URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The metadata's URL: `/.well-known/jwt-vc-issuer` between host and path.
    #[must_use]
    pub fn metadata_url(&self) -> Url {
        let mut url = self.url.clone();
        let path = self.url.path().trim_end_matches('/');
        url.set_path(&format!("/.well-known/jwt-vc-issuer{path}"));
        url
    }
}

impl FromStr for IssuerUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |reason| Error::InvalidIssuer { reason };
        if text.len() > 2048 {
            return Err(invalid("it is longer than 2048 characters"));
        }
        let url = Url::parse(text).map_err(|_| invalid("it is neither a DID nor an https URL"))?;
        if !location::is_plain(&url) {
            return Err(invalid("it is not an https URL without user and fragment"));
        }
        if url.query().is_some() {
            return Err(invalid("it has a query"));
        }
        // The normal form of a URL without a path ends in `/`.
        let normal = url.as_str();
        if normal != text && normal.strip_suffix('/') != Some(text) {
            return Err(invalid(
                "it is not in its normal form: lower-case host, no default port, no `..`",
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The metadata that an issuer serves at [`IssuerUrl::metadata_url`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerMetadata {
    issuer: IssuerUrl,
    keys: MetadataKeys,
}

/// The keys of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataKeys {
    /// In the metadata (`jwks`).
    Inline(JwkSet),
    /// At a separate URL (`jwks_uri`).
    At(Url),
}

impl IssuerMetadata {
    /// Metadata that contains the keys.
    #[must_use]
    pub fn with_keys(issuer: IssuerUrl, keys: JwkSet) -> Self {
        let keys = MetadataKeys::Inline(keys);
        Self { issuer, keys }
    }

    /// Metadata with the URL of the keys.
    ///
    /// # Errors
    /// [`Error::IssuerMetadata`] when the URL is not https, or its host is an IP address other than
    /// the issuer's host.
    pub fn with_keys_at(issuer: IssuerUrl, url: Url) -> Result<Self, Error> {
        check_jwks_uri(&issuer, &url)?;
        let keys = MetadataKeys::At(url);
        Ok(Self { issuer, keys })
    }

    /// Reads metadata that was fetched for `issuer`, at most 260 KiB. Keys that are not for ES256
    /// or RS256 are skipped.
    ///
    /// # Errors
    /// [`Error::WrongMetadata`] when it belongs to another issuer, [`Error::IssuerMetadata`] when
    /// it is invalid.
    pub fn from_slice(json: &[u8], issuer: &IssuerUrl) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Foreign {
            issuer: String,
            jwks: Option<Value>,
            jwks_uri: Option<String>,
        }
        let malformed = |reason| Error::IssuerMetadata { reason };
        if json.len() > LIMIT {
            return Err(Error::DocumentTooLarge { limit: LIMIT });
        }
        let foreign: Foreign = serde_json::from_slice(json)
            .map_err(|_| malformed("it is not a JSON object with `issuer` and `jwks` or `jwks_uri`"))?;
        if foreign.issuer != issuer.text {
            return Err(Error::WrongMetadata);
        }
        match (foreign.jwks, foreign.jwks_uri) {
            (Some(jwks), None) => {
                let json = serde_json::to_vec(&jwks).expect("it was JSON");
                let keys = JwkSet::from_slice(&json).map_err(Error::InvalidKey)?;
                Ok(Self::with_keys(issuer.clone(), keys))
            }
            (None, Some(uri)) => {
                let url = Url::parse(&uri).map_err(|_| malformed("its `jwks_uri` is not a URL"))?;
                Self::with_keys_at(issuer.clone(), url)
            }
            _ => Err(malformed(
                "it must have either `jwks` or `jwks_uri`, but not both",
            )),
        }
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &IssuerUrl {
        &self.issuer
    }

    /// The keys, or their URL.
    #[must_use]
    pub fn keys(&self) -> &MetadataKeys {
        &self.keys
    }

    /// The keys, or their URL, by value.
    #[must_use]
    pub fn into_keys(self) -> MetadataKeys {
        self.keys
    }

    /// The metadata as JSON, to serve.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Metadata<'a> {
            issuer: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            jwks: Option<&'a JwkSet>,
            #[serde(skip_serializing_if = "Option::is_none")]
            jwks_uri: Option<&'a str>,
        }
        let (jwks, jwks_uri) = match &self.keys {
            MetadataKeys::Inline(keys) => (Some(keys), None),
            MetadataKeys::At(url) => (None, Some(url.as_str())),
        };
        let issuer = self.issuer.as_str();
        serde_json::to_string(&Metadata {
            issuer,
            jwks,
            jwks_uri,
        })
        .expect("strings serialise")
    }
}

/// Checks the URL of the keys: an issuer must not make the verifier call addresses in the
/// verifier's own network.
fn check_jwks_uri(issuer: &IssuerUrl, url: &Url) -> Result<(), Error> {
    let malformed = |reason| Err(Error::IssuerMetadata { reason });
    if !location::is_plain(url) {
        return malformed("its `jwks_uri` is not an https URL without user and fragment");
    }
    let foreign = url.host() != issuer.url.host();
    if foreign && (location::has_address(url) || location::is_loopback(url)) {
        return malformed("its `jwks_uri` is an IP address or this machine, but not the issuer's own host");
    }
    Ok(())
}

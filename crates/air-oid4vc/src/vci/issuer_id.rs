//! Credential Issuer Identifiers (OpenID4VCI 1.0, section 12.2.1).

use std::{fmt, str::FromStr};

use super::rule::Rule;
use crate::{Error, web};

/// The well-known string of issuer metadata.
const ISSUER: &str = "openid-credential-issuer";
/// The well-known string of authorization server metadata (RFC 8414, 3).
const AUTHORIZATION_SERVER: &str = "oauth-authorization-server";

/// The identifier of an issuer or an authorization server: an https URL without query and fragment.
/// Identifiers are equal only byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerId(String);

impl IssuerId {
    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of the issuer's metadata (section 12.2.2).
    #[must_use]
    pub fn metadata_url(&self) -> String {
        self.well_known(ISSUER)
    }

    /// The URL of the authorization server's metadata (RFC 8414, 3.1).
    #[must_use]
    pub fn authorization_server_metadata_url(&self) -> String {
        self.well_known(AUTHORIZATION_SERVER)
    }

    /// Inserts the well-known string between host and path. A slash at the end of the path is removed
    /// first (RFC 8414, 3.1).
    fn well_known(&self, name: &str) -> String {
        let after_scheme = self.0.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = self.0.split_at(after_scheme);
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let path = path.strip_suffix('/').unwrap_or(path);
        format!("{scheme}{authority}/.well-known/{name}{path}")
    }
}

impl FromStr for IssuerId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if web::endpoint(text).is_some_and(|url| url.query().is_none()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::Issuance {
            place: "/credential_issuer".into(),
            rule: Rule::IssuerId,
        })
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

//! The URL of a key at a signing service.

use std::{fmt, str::FromStr};

use air_fetch::NetworkPolicy;
use air_jwt::Kid;
use url::Url;

use crate::{Error, percent};

/// The destinations of a signing service: https to any address, and http to this machine.
pub(super) const POLICY: NetworkPolicy = NetworkPolicy::Any;

/// A service's base URL with the key's id as the fragment: `https://signer.example/team-a#kid`.
/// Only https, or http to this machine, without user, password and query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteUrl {
    /// Ends with `/`.
    base: Url,
    kid: Kid,
}

impl RemoteUrl {
    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The URL of a route of the protocol.
    pub(super) fn route(&self, path: &str) -> String {
        format!("{}v1/{path}", self.base)
    }
}

impl FromStr for RemoteUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if !POLICY.accepts(text) {
            return Err(Error::ForbiddenUrl);
        }
        let mut base = Url::parse(text).map_err(|_| Error::ForbiddenUrl)?;
        let invalid = |reason: &str| Error::InvalidUri {
            reason: reason.to_owned(),
        };
        if base.query().is_some() {
            return Err(invalid("the URL of a signing service must not have a query"));
        }
        let kid = base
            .fragment()
            .filter(|kid| !kid.is_empty())
            .and_then(percent::decode_text)
            .and_then(|kid| kid.parse().ok())
            .ok_or_else(|| {
                invalid("the fragment must be the key's id, as in `https://signer.example/#kid`")
            })?;
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { base, kid })
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.base.clone();
        url.set_fragment(Some(&percent::encode(self.kid.as_str().as_bytes(), b"")));
        url.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_a_base_and_a_key() {
        for (text, sign, kid) in [
            ("https://signer.example#k", "https://signer.example/v1/sign", "k"),
            (
                "https://signer.example/a#k",
                "https://signer.example/a/v1/sign",
                "k",
            ),
            (
                "https://signer.example/a/#k%2F%2541",
                "https://signer.example/a/v1/sign",
                "k/%41",
            ),
            ("http://127.0.0.1:8400/#k", "http://127.0.0.1:8400/v1/sign", "k"),
            ("http://localhost/#k", "http://localhost/v1/sign", "k"),
            ("https://10.0.0.1/#k", "https://10.0.0.1/v1/sign", "k"),
        ] {
            let url: RemoteUrl = text.parse().unwrap();
            assert_eq!(
                (url.route("sign").as_str(), url.kid().as_str()),
                (sign, kid),
                "{text}"
            );
            assert_eq!(url.to_string().parse::<RemoteUrl>().unwrap().kid(), url.kid());
        }
    }

    #[test]
    fn rejects_plain_http_users_queries_and_missing_keys() {
        for text in [
            "http://signer.example/#k",
            "http://10.0.0.1/#k",
            "https://user:password@signer.example/#k",
            "ftp://signer.example/#k",
            "signer.example#k",
        ] {
            let error = text.parse::<RemoteUrl>().unwrap_err();
            assert!(matches!(error, Error::ForbiddenUrl), "{text}: {error}");
        }
        for text in [
            "https://signer.example/",
            "https://signer.example/#",
            "https://signer.example/?a=b#k",
        ] {
            let error = text.parse::<RemoteUrl>().unwrap_err();
            assert!(matches!(error, Error::InvalidUri { .. }), "{text}: {error}");
        }
    }
}

//! `did:jwk` (github.com/quartzjer/did-jwk): a public JWK as an identifier, in base64url.

use std::{fmt, str::FromStr};

use air_jwt::{Jwk, VerifyingKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{Did, DidDocument, DidUrl, public_jwk::read_jwk};
use crate::Error;

/// A public JWK as an identifier. A key has several identifiers, since the same JSON can be written
/// in several ways. Store the identifier, not the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidJwk {
    did: Did,
    jwk: Jwk,
}

impl DidJwk {
    /// The shortest identifier of a key: its required members in the order of RFC 7638, 3, without
    /// spaces.
    #[must_use]
    pub fn new(key: &VerifyingKey) -> Self {
        let jwk = Jwk::new(key.clone(), key.thumbprint());
        let members = serde_json::to_value(&jwk).expect("strings serialise");
        let required: Map<String, Value> = ["crv", "e", "kty", "n", "x", "y"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), members.get(name)?.clone())))
            .collect();
        let json = Value::Object(required).to_string();
        Self {
            did: Did::from_checked(format!("did:jwk:{}", URL_SAFE_NO_PAD.encode(json))),
            jwk,
        }
    }

    /// The identifier.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The key. Its `kid` is the JWK's, or the thumbprint.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The document of the identifier: its only key, named `#0`, for assertions and authentication.
    #[must_use]
    pub fn document(&self) -> DidDocument {
        let id = DidUrl::naming(&self.did, "0");
        DidDocument::of_one_key(self.did.clone(), id, self.jwk.clone())
    }
}

impl FromStr for DidJwk {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(Did::of_method(text, "jwk")?)
    }
}

impl TryFrom<Did> for DidJwk {
    type Error = Error;

    fn try_from(did: Did) -> Result<Self, Error> {
        if did.method() != "jwk" {
            return Err(Error::InvalidDid {
                reason: "it has another method",
            });
        }
        let json = URL_SAFE_NO_PAD
            .decode(did.method_specific_id())
            .map_err(|_| Error::InvalidDid {
                reason: "the JWK is not in base64url without padding",
            })?;
        let jwk = read_jwk(&json)?;
        Ok(Self { did, jwk })
    }
}

impl From<DidJwk> for Did {
    fn from(did: DidJwk) -> Self {
        did.did
    }
}

impl fmt::Display for DidJwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.did.fmt(f)
    }
}

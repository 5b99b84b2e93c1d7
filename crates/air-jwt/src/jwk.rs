//! Public keys as JWKs (RFC 7517, RFC 7518).

mod foreign;

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, Serializer};

pub(crate) use foreign::ForeignJwk;
pub use foreign::SkipReason;

use crate::{Algorithm, Error, VerifyingKey, public_key::KeyMembers};

/// A key's id, as it is published in the set and named in a token's header (RFC 7517, 4.5). It has
/// 1 to 256 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kid(String);

/// The maximum number of characters in a key id.
const KID_LIMIT: usize = 256;

impl Kid {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that is made from a SHA-256 thumbprint: the digest in base64url.
    pub(crate) fn from_digest(digest: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest))
    }
}

impl FromStr for Kid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Kid {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let length = text.chars().take(KID_LIMIT + 1).count();
        if (1..=KID_LIMIT).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(Error::InvalidKid)
        }
    }
}

impl From<Kid> for String {
    fn from(kid: Kid) -> Self {
        kid.0
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public signature key with its id. The type cannot contain a private member, so none can be
/// published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    key: VerifyingKey,
    kid: Kid,
}

impl Jwk {
    /// Combines a key and an id.
    #[must_use]
    pub fn new(key: VerifyingKey, kid: Kid) -> Self {
        Self { key, kid }
    }

    /// Reads a public JWK for signatures: P-256, or RSA of 2,048 to 4,096 bits. A JWK without `kid`
    /// gets its thumbprint as the id.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`], [`Error::RsaKeySize`] or [`Error::InvalidKid`].
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        const LIMIT: usize = 16 * 1024;
        if json.len() > LIMIT {
            return Err(Error::InvalidPublicKey);
        }
        let foreign: ForeignJwk = serde_json::from_slice(json).map_err(|_| Error::InvalidPublicKey)?;
        foreign.into_jwk().map_err(|unfit| match unfit {
            SkipReason::RsaKeySize { bits } => Error::RsaKeySize { bits },
            SkipReason::Flawed => Error::FlawedRsaKey,
            SkipReason::Kid => Error::InvalidKid,
            _ => Error::InvalidPublicKey,
        })
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The algorithm of the key.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The key that verifies signatures.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The SHA-256 thumbprint (RFC 7638) as a key id.
    #[must_use]
    pub fn thumbprint(&self) -> Kid {
        self.key.thumbprint()
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Default, Serialize)]
        struct Members<'a> {
            kty: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            crv: Option<&'static str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            x: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            y: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            n: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            e: Option<String>,
            kid: &'a str,
            #[serde(rename = "use")]
            key_use: &'static str,
            alg: &'static str,
        }
        let common = Members {
            kid: self.kid.as_str(),
            key_use: "sig",
            alg: self.algorithm().as_str(),
            ..Members::default()
        };
        match self.key.members() {
            KeyMembers::P256 { x, y } => Members {
                kty: "EC",
                crv: Some("P-256"),
                x: Some(x),
                y: Some(y),
                ..common
            },
            KeyMembers::Rsa { n, e } => Members {
                kty: "RSA",
                n: Some(n),
                e: Some(e),
                ..common
            },
        }
        .serialize(serializer)
    }
}

/// A public key with the members that its type requires, and no others (RFC 7638, 3.2).
#[cfg(feature = "dpop")]
pub(crate) struct BareJwk<'a>(pub(crate) &'a VerifyingKey);

#[cfg(feature = "dpop")]
impl Serialize for BareJwk<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "kty")]
        enum Members {
            #[serde(rename = "EC")]
            Ec { crv: &'static str, x: String, y: String },
            #[serde(rename = "RSA")]
            Rsa { n: String, e: String },
        }
        match self.0.members() {
            KeyMembers::P256 { x, y } => Members::Ec { crv: "P-256", x, y },
            KeyMembers::Rsa { n, e } => Members::Rsa { n, e },
        }
        .serialize(serializer)
    }
}

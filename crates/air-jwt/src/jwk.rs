//! Public keys as JWKs (RFC 7517, RFC 7518).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, Serializer, de::IgnoredAny};

use crate::{Algorithm, Error, VerifyingKey, public_key::KeyMembers};

/// A key's id, as published in the set and named in the token's header: 1 to 256 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kid(String);

impl Kid {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A thumbprint's id.
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
        let printable = text.chars().all(|c| c.is_ascii_graphic());
        if printable && (1..=256).contains(&text.len()) {
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

/// A public signature key with its id. It has no place for a private member, so none can be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    key: VerifyingKey,
    kid: Kid,
}

impl Jwk {
    /// A key under an id.
    #[must_use]
    pub fn new(key: VerifyingKey, kid: Kid) -> Self {
        Self { key, kid }
    }

    /// Reads a public JWK: P-256 or RSA of 2,048 to 4,096 bits, for signatures. Without a `kid` it gets its thumbprint.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] or [`Error::RsaKeySize`].
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        const LIMIT: usize = 16 * 1024;
        if json.len() > LIMIT {
            return Err(Error::InvalidPublicKey);
        }
        let foreign: ForeignJwk = serde_json::from_slice(json).map_err(|_| Error::InvalidPublicKey)?;
        let kid = foreign.kid.clone();
        let key = foreign.into_key().map_err(|unfit| match unfit {
            Unfit::RsaKeySize { bits } => Error::RsaKeySize { bits },
            _ => Error::InvalidPublicKey,
        })?;
        let kid = kid.map_or_else(|| Ok(key.thumbprint()), Kid::try_from)?;
        Ok(Self { key, kid })
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The one algorithm that it is for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The key, for verification.
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

/// Why a key in somebody else's set is none that tokens are verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// Another type or curve than P-256 and RSA, or members that are none.
    Type,
    /// For another use than signatures (`use`, `key_ops`).
    Use,
    /// For another algorithm than ES256 and RS256, or than its type's.
    Algorithm,
    /// No `kid`, or none that is 1 to 256 printable characters.
    Kid,
    /// A `kid` that an earlier key of the set has.
    DuplicateKid,
    /// A private member: whoever reads the set can sign with this key.
    Private,
    /// An RSA key of fewer than 2,048 or more than 4,096 bits.
    RsaKeySize {
        /// Its size.
        bits: u32,
    },
    /// No point of the curve, or no RSA key.
    Invalid,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type => f.write_str("`kty` or `crv` is neither EC on P-256 nor RSA"),
            Self::Use => f.write_str("`use` or `key_ops` says that it is not for verifying signatures"),
            Self::Algorithm => f.write_str("`alg` is not the one of its type: ES256 for P-256, RS256 for RSA"),
            Self::Kid => f.write_str("`kid` is missing or is not 1 to 256 printable characters"),
            Self::DuplicateKid => f.write_str("an earlier key of the set has the same `kid`"),
            Self::Private => f.write_str(
                "it has a private member: anyone can sign with it; replace the key and publish its public half only",
            ),
            Self::RsaKeySize { bits } => write!(f, "its RSA key has {bits} bits; 2048 to 4096 are accepted"),
            Self::Invalid => f.write_str("its numbers are no public key"),
        }
    }
}

/// A key in somebody else's set, before it is known to be one for us.
#[derive(Deserialize)]
pub(crate) struct ForeignJwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    pub(crate) kid: Option<String>,
    #[serde(rename = "use")]
    key_use: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    /// Only whether there is one: it is not kept.
    d: Option<IgnoredAny>,
}

impl ForeignJwk {
    /// The key with the id that it must have in a set.
    pub(crate) fn into_jwk(self) -> Result<Jwk, Unfit> {
        let kid = self.kid.clone();
        let key = self.into_key()?;
        let kid = kid.and_then(|kid| kid.parse().ok()).ok_or(Unfit::Kid)?;
        Ok(Jwk { key, kid })
    }

    fn into_key(self) -> Result<VerifyingKey, Unfit> {
        let verifies = |operations: &Vec<String>| operations.iter().any(|operation| operation == "verify");
        if self.d.is_some() {
            return Err(Unfit::Private);
        }
        if self.key_use.is_some_and(|key_use| key_use != "sig") || !self.key_ops.as_ref().is_none_or(verifies)
        {
            return Err(Unfit::Use);
        }
        let key = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => {
                VerifyingKey::from_coordinates(&member(self.x.as_deref())?, &member(self.y.as_deref())?)
            }
            ("RSA", None) => {
                VerifyingKey::from_modulus(&member(self.n.as_deref())?, &member(self.e.as_deref())?)
            }
            _ => return Err(Unfit::Type),
        }
        .map_err(|error| match error {
            Error::RsaKeySize { bits } => Unfit::RsaKeySize { bits },
            _ => Unfit::Invalid,
        })?;
        match self.alg {
            Some(algorithm) if algorithm != key.algorithm().as_str() => Err(Unfit::Algorithm),
            _ => Ok(key),
        }
    }
}

fn member(text: Option<&str>) -> Result<Vec<u8>, Unfit> {
    text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .ok_or(Unfit::Type)
}

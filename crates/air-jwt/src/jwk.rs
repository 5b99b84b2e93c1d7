//! Public keys as JWKs (RFC 7517, RFC 7518).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Error, VerifyingKey};

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

    /// A placeholder where only the thumbprint, which disregards the id, is wanted.
    pub(crate) fn unset() -> Self {
        Self(String::new())
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

/// A public P-256 key for ES256 signatures. It has no place for a private member, so none can be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    kid: Kid,
    #[serde(rename = "use")]
    key_use: &'static str,
    alg: &'static str,
}

impl Jwk {
    pub(crate) fn from_coordinates(x: &[u8], y: &[u8], kid: Kid) -> Self {
        let encode = |bytes| URL_SAFE_NO_PAD.encode(bytes);
        Self {
            kty: "EC",
            crv: "P-256",
            x: encode(x),
            y: encode(y),
            kid,
            key_use: "sig",
            alg: "ES256",
        }
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The SHA-256 thumbprint (RFC 7638) as a key id.
    #[must_use]
    pub fn thumbprint(&self) -> Kid {
        let canonical = format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
            self.x, self.y
        );
        Kid(URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)))
    }

    /// The key, for verification.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] when the coordinates are no point of the curve.
    pub fn to_verifying_key(&self) -> Result<VerifyingKey, Error> {
        let coordinate = |text: &str| {
            let bytes = URL_SAFE_NO_PAD
                .decode(text)
                .map_err(|_| Error::InvalidPublicKey)?;
            <[u8; 32]>::try_from(bytes).map_err(|_| Error::InvalidPublicKey)
        };
        let point = [&[0x04][..], &coordinate(&self.x)?, &coordinate(&self.y)?].concat();
        VerifyingKey::from_sec1(&point)
    }
}

/// A key in somebody else's set, before it is known to be one of ours.
#[derive(Deserialize)]
pub(crate) struct ForeignJwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    kid: Option<String>,
    #[serde(rename = "use")]
    key_use: Option<String>,
    alg: Option<String>,
}

impl ForeignJwk {
    /// The key, when it is a P-256 signature key with an id; keys of other kinds are not for us.
    pub(crate) fn into_jwk(self) -> Option<Jwk> {
        let fits = self.kty == "EC"
            && self.crv.as_deref() == Some("P-256")
            && self.key_use.as_deref().is_none_or(|key_use| key_use == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == "ES256");
        if !fits {
            return None;
        }
        let jwk = Jwk {
            kty: "EC",
            crv: "P-256",
            x: self.x?,
            y: self.y?,
            kid: self.kid?.parse().ok()?,
            key_use: "sig",
            alg: "ES256",
        };
        jwk.to_verifying_key().is_ok().then_some(jwk)
    }
}

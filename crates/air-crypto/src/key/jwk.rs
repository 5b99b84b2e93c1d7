//! JWK (RFC 7517; EC keys of RFC 7518, 6.2; secp256k1 of RFC 8812, 3.1).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{CakPrivateKey, CakPublicKey, check_length};
use crate::{Curve, Error, Field, KeyForm, backend::sha256};

/// An EC public key as a JWK (RFC 7518, 6.2; RFC 8812, 3.1). `Display` writes it as canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    crv: &'static str,
    x: String,
    y: String,
}

impl Jwk {
    pub(crate) fn from_point(curve: Curve, point: &[u8; 65]) -> Self {
        let [_, coordinates @ ..] = point;
        let (x, y) = coordinates.split_at(32);
        Self {
            crv: curve.jwk_name(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }

    /// Always `EC`.
    #[must_use]
    pub fn kty(&self) -> &'static str {
        "EC"
    }

    /// `P-256` or `secp256k1`.
    #[must_use]
    pub fn crv(&self) -> &'static str {
        self.crv
    }

    /// The x-coordinate: 32 bytes in base64url.
    #[must_use]
    pub fn x(&self) -> &str {
        &self.x
    }

    /// The y-coordinate: 32 bytes in base64url.
    #[must_use]
    pub fn y(&self) -> &str {
        &self.y
    }

    /// The SHA-256 thumbprint in base64url (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha256(self.to_string().as_bytes()))
    }
}

/// Writes the required members in lexicographic order without white space: the input of the
/// thumbprint (RFC 7638, section 3).
impl fmt::Display for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
            self.crv, self.x, self.y
        )
    }
}

impl CakPublicKey {
    /// The key as a JWK.
    #[must_use]
    pub fn to_jwk(&self) -> Jwk {
        Jwk::from_point(self.curve(), self.as_uncompressed())
    }

    /// Reads a public JWK. It ignores members that EC keys do not define (`kid`, `use`, `alg`, …),
    /// as RFC 7517, section 4, requires.
    ///
    /// # Errors
    /// [`Error::MalformedKey`], or [`Error::InvalidPoint`].
    pub fn from_jwk(text: &str) -> Result<Self, Error> {
        Parsed::read(Field::PublicKey, text)?.public(Field::PublicKey)
    }
}

impl CakPrivateKey {
    /// Reads a private JWK, which has the member `d`.
    ///
    /// # Errors
    /// [`Error::MalformedKey`]; [`Error::InvalidScalar`]; [`Error::KeyHalvesDiffer`] when `x` and
    /// `y` belong to another key.
    pub fn from_jwk(text: &str) -> Result<Self, Error> {
        let field = Field::PrivateKey;
        let parsed = Parsed::read(field, text)?;
        let public = parsed.public(field)?;
        let d = parsed.d.as_ref().ok_or(malformed(field))?;
        let private = Self::from_bytes(public.curve(), &*coordinate(field, d)?)?;
        if *private.public_key() == public {
            Ok(private)
        } else {
            Err(Error::KeyHalvesDiffer)
        }
    }

    /// The key as a JWK with `d`. The members are in lexicographic order. Security reviews can
    /// search for the name `expose_jwk`.
    #[must_use]
    pub fn expose_jwk(&self) -> Zeroizing<String> {
        let (jwk, d) = (self.public_key().to_jwk(), self.expose_base64url());
        Zeroizing::new(format!(
            r#"{{"crv":"{}","d":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
            jwk.crv,
            d.as_str(),
            jwk.x,
            jwk.y
        ))
    }
}

/// The members of an EC key.
#[derive(Deserialize)]
struct Parsed {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(default)]
    d: Option<Zeroizing<String>>,
}

impl Parsed {
    /// Maps all errors, because those of `serde_json` would show the input.
    fn read(field: Field, text: &str) -> Result<Self, Error> {
        check_length(field, text.len())?;
        let parsed: Self = serde_json::from_str(text).map_err(|_| malformed(field))?;
        if parsed.kty == "EC" {
            Ok(parsed)
        } else {
            Err(malformed(field))
        }
    }

    fn public(&self, field: Field) -> Result<CakPublicKey, Error> {
        let curve = [Curve::Secp256r1, Curve::Secp256k1]
            .into_iter()
            .find(|curve| curve.jwk_name() == self.crv)
            .ok_or(malformed(field))?;
        let (x, y) = (coordinate(field, &self.x)?, coordinate(field, &self.y)?);
        CakPublicKey::from_sec1(curve, &[&[0x04], x.as_slice(), y.as_slice()].concat())
    }
}

/// Decodes exactly 32 bytes (RFC 7518, 6.2.1.2 and 6.2.2.1).
fn coordinate(field: Field, text: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| malformed(field))?;
    let bytes = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| malformed(field))?;
    Ok(Zeroizing::new(*bytes))
}

fn malformed(field: Field) -> Error {
    Error::MalformedKey {
        field,
        form: KeyForm::Jwk,
    }
}

//! The private and public halves of a key, and the formats that they are stored in.

mod der;
mod did;
mod jwk;
#[cfg_attr(not(feature = "passphrase"), path = "key/no_passphrase.rs")]
mod passphrase;
mod text;

#[cfg(all(test, feature = "passphrase"))]
mod tests;

pub use jwk::Jwk;

use std::{fmt, str::FromStr};

use rand_core::CryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::{
    Curve, Error, Field,
    backend::{Point, group},
    hpke,
    scalar::Scalar,
};

/// The private half of a CAK or of a managed key. It is wiped on drop, compared in constant time,
/// and never printed.
///
/// ```rust
/// use air_crypto::{CakPrivateKey, Curve};
///
/// # fn main() -> Result<(), air_crypto::Error> {
/// let key = CakPrivateKey::generate(Curve::Secp256k1, &mut rand::rng());
/// let at_rest = key.to_encrypted_pem(b"correct horse", &mut rand::rng())?;
///
/// let again = CakPrivateKey::from_text(None, &at_rest, Some(b"correct horse"))?;
/// assert_eq!(again.public_key().to_did_key(), key.public_key().to_did_key());
/// assert!(CakPrivateKey::from_text(Some(Curve::Secp256r1), &at_rest, Some(b"correct horse")).is_err());
/// # Ok(())
/// # }
/// ```
pub struct CakPrivateKey {
    scalar: Scalar,
    public: CakPublicKey,
}

impl CakPrivateKey {
    /// Generates a random key, for managed keys and tests. A user's CAK is derived instead
    /// ([`crate::RootSecret::derive`]).
    #[must_use]
    pub fn generate(curve: Curve, rng: &mut impl CryptoRng) -> Self {
        hpke::generate_key(curve, rng)
    }

    /// Reads 32 bytes, big-endian.
    ///
    /// # Errors
    /// [`Error::InvalidScalar`] when the number is zero or not below the group's order.
    pub fn from_bytes(curve: Curve, bytes: &[u8; 32]) -> Result<Self, Error> {
        if !group(curve).is_scalar(bytes) {
            return Err(Error::InvalidScalar {
                field: Field::PrivateKey,
                curve,
            });
        }
        Ok(Self::from_scalar(curve, Zeroizing::new(*bytes)))
    }

    /// Reads 64 hex digits, with or without `0x`.
    ///
    /// # Errors
    /// [`Error::NotHex`] or [`Error::InvalidScalar`].
    pub fn from_hex(curve: Curve, text: &str) -> Result<Self, Error> {
        let bytes = decode_hex(Field::PrivateKey, text)?;
        let scalar = <&[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| Error::InvalidScalar {
            field: Field::PrivateKey,
            curve,
        })?;
        Self::from_bytes(curve, scalar)
    }

    /// Builds a key from a scalar that the caller has checked or generated.
    pub(crate) fn from_scalar(curve: Curve, scalar: Scalar) -> Self {
        let point = group(curve).public_point(&scalar);
        Self::from_halves(curve, scalar, point)
    }

    /// Builds a key from a checked scalar and the point that was computed from it.
    pub(crate) fn from_halves(curve: Curve, scalar: Scalar, point: Point) -> Self {
        let public = CakPublicKey { curve, point };
        Self { scalar, public }
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.public.curve
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &CakPublicKey {
        &self.public
    }

    /// The scalar: 32 bytes, big-endian. Security reviews can search for the name `expose_secret`.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.scalar
    }

    /// The scalar as 64 hex digits: the form in which a verifier receives the key (CAK
    /// specification, section 3).
    #[must_use]
    pub fn expose_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.scalar.as_slice()))
    }
}

impl ConstantTimeEq for CakPrivateKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        let same_curve = Choice::from(u8::from(self.curve() == other.curve())); // public
        same_curve & self.scalar.as_slice().ct_eq(other.scalar.as_slice())
    }
}

impl fmt::Debug for CakPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CakPrivateKey")
            .field(&self.curve())
            .finish_non_exhaustive()
    }
}

/// The public half. Anyone can seal to it. `Display` writes the form that the platform sends:
/// `0x04` and 128 more hex digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CakPublicKey {
    curve: Curve,
    point: Point,
}

impl CakPublicKey {
    /// Reads a SEC1 point, compressed (33 bytes) or uncompressed (65).
    ///
    /// # Errors
    /// [`Error::InvalidPoint`] for the identity and for bytes that are not a point of the curve.
    pub fn from_sec1(curve: Curve, bytes: &[u8]) -> Result<Self, Error> {
        let invalid = Error::InvalidPoint {
            field: Field::PublicKey,
            curve,
        };
        let point = group(curve).parse_point(bytes).ok_or(invalid)?;
        Ok(Self { curve, point })
    }

    /// Reads a SEC1 point in hex, with or without `0x`.
    ///
    /// # Errors
    /// [`Error::NotHex`] or [`Error::InvalidPoint`].
    pub fn from_hex(curve: Curve, text: &str) -> Result<Self, Error> {
        Self::from_sec1(curve, &decode_hex(Field::PublicKey, text)?)
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The uncompressed point, 65 bytes: `0x04 || x || y`.
    #[must_use]
    pub fn as_uncompressed(&self) -> &[u8; 65] {
        &self.point
    }

    /// The compressed point, 33 bytes: `0x02` or `0x03`, then x.
    #[must_use]
    pub fn to_compressed(&self) -> [u8; 33] {
        let [_, x @ .., last] = &self.point;
        let mut compressed = [0; 33];
        let [tag, out @ ..] = &mut compressed;
        *tag = 0x02 | (last & 1);
        out.iter_mut().zip(x).for_each(|(out, byte)| *out = *byte);
        compressed
    }

    /// The compressed point in hex: `0x02…` or `0x03…`, 68 characters.
    #[must_use]
    pub fn to_compressed_hex(&self) -> String {
        format!("0x{}", hex::encode(self.to_compressed()))
    }
}

impl fmt::Display for CakPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.point))
    }
}

impl fmt::Debug for CakPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CakPublicKey({}, {})", self.curve, self.to_compressed_hex())
    }
}

/// The most bytes that a key may have in any format. Keys are short; the limit stops files that are
/// read as a key by mistake.
const KEY_TEXT_LIMIT: usize = 16 * 1024;

pub(crate) fn check_length(field: Field, length: usize) -> Result<(), Error> {
    let limit = KEY_TEXT_LIMIT;
    if length > limit {
        return Err(Error::FieldTooLong { field, length, limit });
    }
    Ok(())
}

/// Reads any number of hex digits, with or without `0x`, and ignores white space around them,
/// because files end in newlines.
pub(crate) fn decode_hex(field: Field, text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let digits = text.trim();
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    hex::decode(digits)
        .map(Zeroizing::new)
        .map_err(|_| Error::NotHex { field })
}

/// Parses a seed in hex, by the same rules as keys.
impl FromStr for crate::RootSecret {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_seed(&decode_hex(Field::Seed, text)?)
    }
}

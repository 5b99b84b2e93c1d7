//! Public keys that verify signatures of one algorithm.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::elliptic_curve::sec1::ToSec1Point;
use rsa::{
    BoxedUint,
    pkcs1::{
        RsaPublicKeyRef, UintRef,
        der::{Decode, Encode},
    },
    traits::PublicKeyParts,
};
use sha2::{Digest, Sha256};

use crate::{
    Algorithm, Error, Kid,
    backend::{EcVerifier, RsaVerifier},
    key::{RSA_LEAST, RSA_MOST},
    roca,
};

/// The maximum length of an RSA exponent in bytes.
const EXPONENT_LIMIT: usize = 8;

/// A public key that verifies signatures of one algorithm. The key determines the algorithm; the
/// token's header never does.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Public>);

/// The members of the public JWK (RFC 7518, 6.2.1 and 6.3.1), and the backend's verifier.
enum Public {
    Es256 {
        x: [u8; 32],
        y: [u8; 32],
        verifier: EcVerifier,
    },
    Rs256 {
        n: Box<[u8]>,
        e: Box<[u8]>,
        verifier: RsaVerifier,
    },
}

/// The members of a public JWK that are specific to its key, in base64url.
pub(crate) enum KeyMembers {
    P256 { x: String, y: String },
    Rsa { n: String, e: String },
}

impl KeyMembers {
    /// The SHA-256 digest of the members in their canonical form (RFC 7638, 3).
    pub(crate) fn thumbprint(&self) -> Kid {
        Kid::from_digest(&self.digest())
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        let canonical = match self {
            Self::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        Sha256::digest(canonical).into()
    }
}

impl VerifyingKey {
    pub(crate) fn from_p256(key: &p256::PublicKey) -> Self {
        let point = key.to_sec1_point(false);
        let coordinate = |bytes: Option<&_>| -> [u8; 32] {
            let bytes: &p256::FieldBytes =
                bytes.expect("a public key is not the identity, and was not compressed");
            (*bytes).into()
        };
        Self(Arc::new(Public::Es256 {
            x: coordinate(point.x()),
            y: coordinate(point.y()),
            verifier: EcVerifier::new(key),
        }))
    }

    pub(crate) fn from_rsa(key: &rsa::PublicKey) -> Result<Self, Error> {
        let bits = key.n().bit_width();
        if !(RSA_LEAST..=RSA_MOST).contains(&bits) {
            return Err(Error::RsaKeySize { bits });
        }
        let modulus = key.n_bytes();
        if roca::is_flawed(&modulus) {
            return Err(Error::FlawedRsaKey);
        }
        Ok(Self(Arc::new(Public::Rs256 {
            n: modulus,
            e: key.e_bytes(),
            verifier: RsaVerifier::new(key).ok_or(Error::InvalidPublicKey)?,
        })))
    }

    /// Reads a point of P-256 from its coordinates, 32 bytes each.
    pub(crate) fn from_coordinates(x: &[u8], y: &[u8]) -> Result<Self, Error> {
        if x.len() != 32 || y.len() != 32 {
            return Err(Error::InvalidPublicKey);
        }
        p256::PublicKey::from_sec1_bytes(&[&[0x04][..], x, y].concat())
            .map(|key| Self::from_p256(&key))
            .map_err(|_| Error::InvalidPublicKey)
    }

    /// Reads an RSA key from its modulus and exponent, big-endian.
    pub(crate) fn from_modulus(n: &[u8], e: &[u8]) -> Result<Self, Error> {
        if e.len() > EXPONENT_LIMIT {
            return Err(Error::InvalidPublicKey);
        }
        if n.len() > RSA_MOST as usize / 8 {
            let bits = u32::try_from(n.len().saturating_mul(8)).unwrap_or(u32::MAX);
            return Err(Error::RsaKeySize { bits });
        }
        let number = |bytes: &[u8]| {
            let bits = u32::try_from(bytes.len() * 8).unwrap_or_default();
            BoxedUint::from_be_slice(bytes, bits).map_err(|_| Error::InvalidPublicKey)
        };
        let key = rsa::PublicKey::new(number(n)?, number(e)?).map_err(|_| Error::InvalidPublicKey)?;
        Self::from_rsa(&key)
    }

    /// Reads a point of P-256 (SEC 1, 2.3.4): 33 bytes compressed or 65 bytes uncompressed.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] for any other bytes.
    pub fn from_p256_point(point: &[u8]) -> Result<Self, Error> {
        // The library also accepts the identity and the compact form, which nobody sends. They are
        // refused, so that keys have fewer encodings.
        if !matches!(
            (point.first(), point.len()),
            (Some(0x02 | 0x03), 33) | (Some(0x04), 65)
        ) {
            return Err(Error::InvalidPublicKey);
        }
        p256::PublicKey::from_sec1_bytes(point)
            .map(|key| Self::from_p256(&key))
            .map_err(|_| Error::InvalidPublicKey)
    }

    /// The compressed point, 33 bytes (SEC 1, 2.3.3); `None` for an RSA key.
    #[must_use]
    pub fn to_p256_point(&self) -> Option<[u8; 33]> {
        let Public::Es256 { x, y, .. } = &*self.0 else {
            return None;
        };
        let mut point = [0x02; 33];
        let [tag, rest @ ..] = &mut point;
        *tag |= y.last().copied().unwrap_or_default() & 1;
        rest.copy_from_slice(x);
        Some(point)
    }

    /// The uncompressed point, 65 bytes (SEC 1, 2.3.3); `None` for an RSA key. COSE keys have both
    /// coordinates.
    #[must_use]
    pub fn to_uncompressed_p256_point(&self) -> Option<[u8; 65]> {
        let Public::Es256 { x, y, .. } = &*self.0 else {
            return None;
        };
        let mut point = [0x04; 65];
        let [_, coordinates @ ..] = &mut point;
        let (left, right) = coordinates.split_at_mut(x.len());
        left.copy_from_slice(x);
        right.copy_from_slice(y);
        Some(point)
    }

    /// Reads an `RSAPublicKey` in DER (RFC 8017, A.1.1).
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] or [`Error::RsaKeySize`].
    pub fn from_rsa_der(der: &[u8]) -> Result<Self, Error> {
        let key = RsaPublicKeyRef::from_der(der).map_err(|_| Error::InvalidPublicKey)?;
        Self::from_modulus(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    /// The key as `RSAPublicKey` in DER (RFC 8017, A.1.1); `None` for a P-256 key.
    #[must_use]
    pub fn to_rsa_der(&self) -> Option<Vec<u8>> {
        let Public::Rs256 { n, e, .. } = &*self.0 else {
            return None;
        };
        let key = RsaPublicKeyRef {
            modulus: UintRef::new(n).ok()?,
            public_exponent: UintRef::new(e).ok()?,
        };
        key.to_der().ok()
    }

    /// The algorithm that the key verifies.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match &*self.0 {
            Public::Es256 { .. } => Algorithm::Es256,
            Public::Rs256 { .. } => Algorithm::Rs256,
        }
    }

    /// Whether `signature`, in the format of JWS, is a valid signature of `message` by this key.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &*self.0 {
            Public::Es256 { verifier, .. } => verifier.verify(message, signature),
            Public::Rs256 { verifier, .. } => verifier.verify(message, signature),
        }
    }

    /// The SHA-256 thumbprint (RFC 7638) as a key id.
    #[must_use]
    pub fn thumbprint(&self) -> Kid {
        self.members().thumbprint()
    }

    pub(crate) fn members(&self) -> KeyMembers {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &*self.0 {
            Public::Es256 { x, y, .. } => KeyMembers::P256 {
                x: encode(x),
                y: encode(y),
            },
            Public::Rs256 { n, e, .. } => KeyMembers::Rsa {
                n: encode(n),
                e: encode(e),
            },
        }
    }

    /// Whether the uncompressed point (SEC 1, 2.3.3) is this key.
    pub(crate) fn is_p256_point(&self, point: &[u8]) -> bool {
        matches!(&*self.0, Public::Es256 { x, y, .. } if [&[0x04][..], x, y].concat() == point)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        match (&*self.0, &*other.0) {
            (Public::Es256 { x, y, .. }, Public::Es256 { x: x2, y: y2, .. }) => (x, y) == (x2, y2),
            (Public::Rs256 { n, e, .. }, Public::Rs256 { n: n2, e: e2, .. }) => (n, e) == (n2, e2),
            _ => false,
        }
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm())
            .field("thumbprint", &self.thumbprint())
            .finish_non_exhaustive()
    }
}

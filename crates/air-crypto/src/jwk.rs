//! The public key as a JWK.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{Curve, backend::sha256};

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

/// The required members in lexicographic order without white space: what RFC 7638, 3, hashes.
impl fmt::Display for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
            self.crv, self.x, self.y
        )
    }
}

//! The curve arithmetic and the ciphers, behind one interface. A faster backend changes only this
//! module.

#[cfg(feature = "native")]
mod native;
#[cfg_attr(
    feature = "native",
    expect(dead_code, reason = "the native backend takes the place of some of it")
)]
mod portable;

#[cfg(all(test, feature = "native"))]
mod comparison;

#[cfg(feature = "native")]
use native as chosen;
#[cfg(not(feature = "native"))]
use portable as chosen;

pub(crate) use chosen::{Aead, Hkdf, WalletKey, verify};
pub(crate) use portable::{recover, sha256};

#[cfg(test)]
mod wycheproof;

use zeroize::Zeroizing;

use crate::{Curve, scalar::Scalar};

/// A point, SEC1 uncompressed: `0x04 || x || y`.
pub(crate) type Point = [u8; 65];

/// An ECDSA signature on secp256k1 with low `s`, and the bit that recovers its signer's key.
pub(crate) struct Recoverable {
    /// `r || s`.
    pub(crate) scalars: [u8; 64],
    /// Whether the y-coordinate of the nonce's point is odd.
    pub(crate) y_is_odd: bool,
}

/// The group operations that the specification uses. Scalars are 32 bytes, big-endian; callers
/// check them when they parse them.
pub(crate) trait Group: Sync {
    /// Whether the bytes are a scalar between 1 and n − 1.
    fn is_scalar(&self, bytes: &[u8; 32]) -> bool;

    /// Reads a SEC1 point, compressed or uncompressed. Returns `None` for the identity and for
    /// bytes that are not a point of the curve.
    fn parse_point(&self, bytes: &[u8]) -> Option<Point>;

    /// `secret·G`.
    fn public_point(&self, secret: &[u8; 32]) -> Point;

    /// `secret·G` for each secret, in order.
    fn public_points(&self, secrets: &[&[u8; 32]]) -> Vec<Point> {
        secrets.iter().map(|secret| self.public_point(secret)).collect()
    }

    /// `secret·G` and the x-coordinate of `secret·point`: the sender's part of a key agreement.
    fn encapsulate(&self, secret: &[u8; 32], point: &Point) -> Option<(Point, Zeroizing<[u8; 32]>)> {
        Some((self.public_point(secret), self.diffie_hellman(secret, point)?))
    }

    /// The x-coordinate of `secret·point`; `None` when `point` is invalid.
    fn diffie_hellman(&self, secret: &[u8; 32], point: &Point) -> Option<Zeroizing<[u8; 32]>>;
}

/// The further operations that secret sharing uses. Scalars are 32 bytes, big-endian, below n, and
/// may be zero.
pub(crate) trait Sharing: Sync {
    /// `a·b + c mod n`, in constant time.
    fn multiply_add(&self, a: &[u8; 32], b: &[u8; 32], c: &[u8; 32]) -> Scalar;

    /// `−a mod n`, in constant time.
    fn negate(&self, a: &[u8; 32]) -> Scalar;

    /// `1/a mod n`; `None` for zero.
    fn invert(&self, a: &[u8; 32]) -> Option<Scalar>;

    /// `secret·point`, in constant time; `None` when the product is the identity or `point` is
    /// invalid.
    fn multiply(&self, secret: &[u8; 32], point: &Point) -> Option<Point>;

    /// `g·G + Σ kᵢ·Pᵢ` of public values, in variable time; `None` when the sum is the identity or a
    /// point is invalid.
    fn combine(&self, g: &[u8; 32], terms: &[([u8; 32], Point)]) -> Option<Point>;
}

/// The sharing arithmetic of a curve. Every build uses the portable backend, because the native
/// libraries cannot add points.
pub(crate) fn sharing(curve: Curve) -> &'static dyn Sharing {
    match curve {
        Curve::Secp256r1 => &portable::P256,
        Curve::Secp256k1 => &portable::K256,
    }
}

/// The group arithmetic of a curve.
pub(crate) fn group(curve: Curve) -> &'static dyn Group {
    match curve {
        Curve::Secp256r1 => &chosen::P256,
        Curve::Secp256k1 => &chosen::K256,
    }
}

//! The arithmetic behind one value: a faster backend changes this module and no other.

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

/// An ECDSA signature on secp256k1 with low `s`, and what it takes to find its signer.
pub(crate) struct Recoverable {
    /// `r || s`.
    pub(crate) scalars: [u8; 64],
    /// Of the nonce's point.
    pub(crate) y_is_odd: bool,
}

/// What the specification needs of a group. Scalars are 32 bytes, big-endian, and were checked when parsed.
pub(crate) trait Group: Sync {
    /// Whether the bytes are a scalar between 1 and n − 1.
    fn is_scalar(&self, bytes: &[u8; 32]) -> bool;

    /// Reads a SEC1 point, compressed or not; `None` for the identity and for what is not on the curve.
    fn parse_point(&self, bytes: &[u8]) -> Option<Point>;

    /// `secret·G`.
    fn public_point(&self, secret: &[u8; 32]) -> Point;

    /// `secret·G` of each, in order.
    fn public_points(&self, secrets: &[&[u8; 32]]) -> Vec<Point> {
        secrets.iter().map(|secret| self.public_point(secret)).collect()
    }

    /// `secret·G`, and the x-coordinate of `secret·point`: a sender's part of a key agreement.
    fn encapsulate(&self, secret: &[u8; 32], point: &Point) -> Option<(Point, Zeroizing<[u8; 32]>)> {
        Some((self.public_point(secret), self.diffie_hellman(secret, point)?))
    }

    /// The x-coordinate of `secret·point`; `None` when `point` is no point.
    fn diffie_hellman(&self, secret: &[u8; 32], point: &Point) -> Option<Zeroizing<[u8; 32]>>;
}

/// What sharing a key takes beyond that. Scalars are 32 bytes, big-endian, below n; zero is one of them.
pub(crate) trait Sharing: Sync {
    /// `a·b + c mod n`, in constant time.
    fn multiply_add(&self, a: &[u8; 32], b: &[u8; 32], c: &[u8; 32]) -> Scalar;

    /// `−a mod n`, in constant time.
    fn negate(&self, a: &[u8; 32]) -> Scalar;

    /// `1/a mod n`; `None` for zero.
    fn invert(&self, a: &[u8; 32]) -> Option<Scalar>;

    /// `secret·point`, in constant time; `None` when that is the identity, or `point` is no point.
    fn multiply(&self, secret: &[u8; 32], point: &Point) -> Option<Point>;

    /// `g·G + Σ kᵢ·Pᵢ` of public values, in variable time; `None` when the sum is the identity, or a point is invalid.
    fn combine(&self, g: &[u8; 32], terms: &[([u8; 32], Point)]) -> Option<Point>;
}

/// The arithmetic of sharing on a curve: portable in every build, since the native libraries offer no sums of points.
pub(crate) fn sharing(curve: Curve) -> &'static dyn Sharing {
    match curve {
        Curve::Secp256r1 => &portable::P256,
        Curve::Secp256k1 => &portable::K256,
    }
}

/// The arithmetic of a curve.
pub(crate) fn group(curve: Curve) -> &'static dyn Group {
    match curve {
        Curve::Secp256r1 => &chosen::P256,
        Curve::Secp256k1 => &chosen::K256,
    }
}

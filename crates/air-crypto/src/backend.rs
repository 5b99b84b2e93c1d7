//! The arithmetic behind one value: whoever makes a faster backend changes this module and no other.

mod portable;

pub(crate) use portable::{Aead, Hkdf, sha256};

use zeroize::Zeroizing;

use crate::Curve;

/// A point, SEC1 uncompressed: `0x04 || x || y`.
pub(crate) type Point = [u8; 65];

/// What the specification needs of a group. Scalars are 32 bytes, big-endian, and were checked when parsed.
pub(crate) trait Group: Sync {
    /// Whether the bytes are a scalar between 1 and n − 1.
    fn is_scalar(&self, bytes: &[u8; 32]) -> bool;

    /// Reads a SEC1 point, compressed or not; `None` for the identity and for what is not on the curve.
    fn parse_point(&self, bytes: &[u8]) -> Option<Point>;

    /// `secret·G`.
    fn public_point(&self, secret: &[u8; 32]) -> Point;

    /// The x-coordinate of `secret·point`; `None` when `point` is no point.
    fn diffie_hellman(&self, secret: &[u8; 32], point: &Point) -> Option<Zeroizing<[u8; 32]>>;
}

/// The arithmetic of a curve.
pub(crate) fn group(curve: Curve) -> &'static dyn Group {
    match curve {
        Curve::Secp256r1 => &portable::P256,
        Curve::Secp256k1 => &portable::K256,
    }
}

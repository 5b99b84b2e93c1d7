//! Reduction of wide numbers to scalars, in constant time.

use elliptic_curve::bigint::{NonZero, U256, U384};
use zeroize::Zeroizing;

use crate::Curve;

/// A private scalar: 32 bytes, big-endian, between 1 and n − 1.
pub(crate) type Scalar = Zeroizing<[u8; 32]>;

/// `(OS2IP(okm) mod (n − 1)) + 1`.
pub(crate) fn reduce(curve: Curve, okm: &[u8; 48]) -> Scalar {
    let wide = Zeroizing::new(U384::from_be_slice(okm));
    encode(wide.rem(&order_minus_one(curve)).wrapping_add(&U384::ONE))
}

/// `OS2IP(okm) mod n`: the last step of `hash_to_field` (RFC 9380, 5.2).
pub(crate) fn reduce_modulo_order(curve: Curve, okm: &[u8; 48]) -> Scalar {
    let wide = Zeroizing::new(U384::from_be_slice(okm));
    let order = order_minus_one(curve).get().wrapping_add(&U384::ONE);
    encode(wide.rem(&order.to_nz().expect_copied("the orders are not zero")))
}

/// The lower 32 bytes of a number that fits into them.
fn encode(number: U384) -> Scalar {
    let reduced = Zeroizing::new(number);
    let bytes = Zeroizing::new(reduced.to_be_bytes());
    let mut scalar = Zeroizing::new([0; 32]);
    if let Some(low) = bytes.as_slice().last_chunk::<32>() {
        scalar.copy_from_slice(low);
    }
    scalar
}

/// n − 1, with the orders of SEC 2, 2.4.1 and 2.4.2.
const fn order_minus_one(curve: Curve) -> NonZero<U384> {
    const R1: U256 = U256::from_be_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550");
    const K1: U256 = U256::from_be_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140");
    let n_minus_one = match curve {
        Curve::Secp256r1 => R1,
        Curve::Secp256k1 => K1,
    };
    n_minus_one
        .resize()
        .to_nz()
        .expect_copied("the orders are not one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(curve: Curve, wide: U384) -> String {
        let bytes: [u8; 48] = wide.to_be_bytes().into();
        hex::encode(*reduce(curve, &bytes))
    }

    #[test]
    fn covers_one_to_n_minus_one_and_wraps_there() {
        for curve in [Curve::Secp256r1, Curve::Secp256k1] {
            let top = order_minus_one(curve).get();
            let one = hex::encode(U256::ONE.to_be_bytes());
            assert_eq!(reduced(curve, U384::ZERO), one, "{curve}: 0 → 1");
            assert_eq!(reduced(curve, top), one, "{curve}: n − 1 → 1");
            let n_minus_one: U256 = top.resize();
            assert_eq!(
                reduced(curve, top.wrapping_sub(&U384::ONE)),
                hex::encode(n_minus_one.to_be_bytes()),
                "{curve}: n − 2 → n − 1"
            );
        }
    }
}

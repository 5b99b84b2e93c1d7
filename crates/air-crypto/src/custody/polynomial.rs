//! Shamir's polynomial, evaluated in constant time, and the public Lagrange coefficients.

use zeroize::Zeroizing;

use super::ShareIndex;
use crate::{
    CakPublicKey,
    backend::{Point, Sharing},
    scalar::Scalar,
};

pub(super) const ZERO: [u8; 32] = [0; 32];
pub(super) const ONE: [u8; 32] = {
    let mut one = [0; 32];
    one[31] = 1;
    one
};

/// Evaluates `c₀ + c₁·i + c₂·i² + …` by Horner's rule.
pub(super) fn evaluate(sharing: &dyn Sharing, coefficients: &[Scalar], index: ShareIndex) -> Scalar {
    let x = index.to_scalar();
    coefficients
        .iter()
        .rev()
        .fold(Zeroizing::new(ZERO), |sum, coefficient| {
            sharing.multiply_add(&sum, &x, coefficient)
        })
}

/// `Σ Cₖ·iᵏ`: the value at `i` of a committed polynomial, times the generator.
pub(super) fn powers_sum(
    sharing: &dyn Sharing,
    commitments: &[CakPublicKey],
    index: ShareIndex,
) -> Option<Point> {
    let i = index.to_scalar();
    let terms: Vec<_> = commitments
        .iter()
        .scan(ONE, |power, commitment| {
            let term = (*power, *commitment.as_uncompressed());
            *power = *sharing.multiply_add(power, &i, &ZERO);
            Some(term)
        })
        .collect();
    sharing.combine(&ZERO, &terms)
}

/// For each of `indices`, its Lagrange coefficient at 0: `λ = Π j/(j − i)` over the other indices.
pub(super) fn lagrange_at_zero(sharing: &dyn Sharing, indices: &[ShareIndex]) -> Vec<[u8; 32]> {
    indices
        .iter()
        .map(|i| {
            let minus_i = sharing.negate(&i.to_scalar());
            let mut numerator = Zeroizing::new(ONE);
            let mut denominator = Zeroizing::new(ONE);
            for j in indices.iter().filter(|j| *j != i) {
                let j = j.to_scalar();
                let difference = sharing.multiply_add(&j, &ONE, &minus_i);
                numerator = sharing.multiply_add(&numerator, &j, &ZERO);
                denominator = sharing.multiply_add(&denominator, &difference, &ZERO);
            }
            let inverse = sharing
                .invert(&denominator)
                .expect("indices are distinct and far below the order");
            *sharing.multiply_add(&numerator, &inverse, &ZERO)
        })
        .collect()
}

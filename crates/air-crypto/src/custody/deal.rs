//! A trusted dealer: Shamir's secret sharing with Feldman's commitments.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Group, Share, ShareIndex, group::check_threshold, polynomial::evaluate};
use crate::{
    CakPrivateKey, Error, ManagedContext,
    backend::{group, sharing},
    hpke::random_scalar,
    scalar::Scalar,
};

/// Generates a new key and shares it. The whole key is wiped on return.
///
/// # Errors
/// [`Error::ThresholdOutOfRange`] unless 2 ≤ threshold ≤ shares ≤ 255.
pub fn generate(
    context: &ManagedContext,
    threshold: u8,
    shares: u8,
    rng: &mut impl CryptoRng,
) -> Result<(Group, Vec<Share>), Error> {
    let key = CakPrivateKey::generate(context.curve(), rng);
    deal(&key, context, threshold, shares, rng)
}

/// Shares a managed key among `shares` custodians, any `threshold` of whom can open.
///
/// # Errors
/// [`Error::ThresholdOutOfRange`] unless 2 ≤ threshold ≤ shares ≤ 255; [`Error::CurveMismatch`]
/// when key and context are on different curves.
///
/// # Security
/// The caller holds the whole key, and should drop it afterwards.
pub fn deal(
    key: &CakPrivateKey,
    context: &ManagedContext,
    threshold: u8,
    shares: u8,
    rng: &mut impl CryptoRng,
) -> Result<(Group, Vec<Share>), Error> {
    check_threshold(threshold, usize::from(shares))?;
    let curve = context.curve();
    if key.curve() != curve {
        return Err(Error::CurveMismatch {
            context: curve,
            key: key.curve(),
        });
    }
    let (coefficients, values) = polynomial(key, threshold, shares, || random_scalar(curve, rng));
    let commitments = coefficients
        .iter()
        .map(|coefficient| {
            CakPrivateKey::from_scalar(curve, coefficient.clone())
                .public_key()
                .clone()
        })
        .collect();
    let shares: Vec<Share> = ShareIndex::first(shares)
        .zip(values)
        .map(|(index, value)| Share::from_scalar(curve, index, value))
        .collect();
    let verifying_keys = shares
        .iter()
        .map(|share| share.key().public_key().clone())
        .collect();
    let public_key = key.public_key().clone();
    let group = Group::new(
        context.clone(),
        threshold,
        public_key,
        Some(commitments),
        verifying_keys,
    )?;
    Ok((group, shares))
}

/// Draws a polynomial whose value at 0 is the key, and computes its values at 1 … n. It draws again
/// when a value is zero, because zero is not a valid share; the probability is about 2^-248.
pub(super) fn polynomial(
    key: &CakPrivateKey,
    threshold: u8,
    shares: u8,
    mut draw: impl FnMut() -> Scalar,
) -> (Vec<Scalar>, Vec<Scalar>) {
    let curve = key.curve();
    loop {
        let mut coefficients = vec![Zeroizing::new(*key.expose_secret())];
        coefficients.extend((1..threshold).map(|_| draw()));
        let values: Vec<Scalar> = ShareIndex::first(shares)
            .map(|index| evaluate(sharing(curve), &coefficients, index))
            .collect();
        if values.iter().all(|value| group(curve).is_scalar(value)) {
            return (coefficients, values);
        }
    }
}

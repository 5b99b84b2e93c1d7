//! The public description of a group of custodians: threshold, public key and verifying keys.

use super::{
    ShareIndex,
    hash::hash_to_scalar,
    polynomial::{ONE, ZERO},
};
use crate::{
    CakPublicKey, ContainerHeader, Curve, Error, Field, ManagedContext,
    backend::{Point, Sharing, sharing},
};

const DST: &[u8] = b"AIR-GROUP-v1";

/// A group of custodians. All of its content is public, and its keys were checked against each
/// other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    context: ManagedContext,
    threshold: u8,
    public_key: CakPublicKey,
    commitments: Option<Vec<CakPublicKey>>,
    verifying_keys: Vec<CakPublicKey>,
}

impl Group {
    /// Builds a group that other software created. `verifying_keys` are those of custodians 1, 2,
    /// 3, …; `commitments` are Feldman's commitments, if the dealer published them.
    ///
    /// # Errors
    /// [`Error::ThresholdOutOfRange`]; [`Error::CurveMismatch`] for a key on another curve;
    /// [`Error::InconsistentGroup`] when the verifying keys and the public key do not lie on one
    /// polynomial of degree `threshold − 1`, or when the commitments contradict them.
    pub fn new(
        context: ManagedContext,
        threshold: u8,
        public_key: CakPublicKey,
        commitments: Option<Vec<CakPublicKey>>,
        verifying_keys: Vec<CakPublicKey>,
    ) -> Result<Self, Error> {
        check_threshold(threshold, verifying_keys.len())?;
        check_context(&context)?;
        let group = Self {
            context,
            threshold,
            public_key,
            commitments,
            verifying_keys,
        };
        group.check_curves()?;
        group.check_commitments()?;
        if group.lies_on_one_polynomial() {
            Ok(group)
        } else {
            Err(Error::InconsistentGroup)
        }
    }

    /// The managed context of the key.
    #[must_use]
    pub fn context(&self) -> &ManagedContext {
        &self.context
    }

    /// The number of custodians that are needed to open a container.
    #[must_use]
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The number of custodians.
    #[must_use]
    pub fn shares(&self) -> u8 {
        u8::try_from(self.verifying_keys.len()).expect("a group has at most 255 custodians")
    }

    /// The key that containers are sealed to.
    #[must_use]
    pub fn public_key(&self) -> &CakPublicKey {
        &self.public_key
    }

    /// The dealer's commitments to the polynomial, if they were published.
    #[must_use]
    pub fn commitments(&self) -> Option<&[CakPublicKey]> {
        self.commitments.as_deref()
    }

    /// The public halves of the shares: of custodians 1, 2, 3, …, in order.
    #[must_use]
    pub fn verifying_keys(&self) -> &[CakPublicKey] {
        &self.verifying_keys
    }

    /// The fingerprint of the public key under its name, which a sealer compares: see
    /// [`ManagedContext::key_fingerprint`]. It stays the same when the shares are renewed or moved.
    #[must_use]
    pub fn key_fingerprint(&self) -> String {
        self.context
            .key_fingerprint(&self.public_key)
            .expect("the context's length was checked")
    }

    /// SHA-256 over the whole group, as 64 hex digits. Custodians who finished the same ceremony
    /// compare it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(self.digest())
    }

    pub(super) fn verifying_key(&self, index: ShareIndex) -> Option<&Point> {
        let place = usize::from(index.get()) - 1;
        self.verifying_keys.get(place).map(CakPublicKey::as_uncompressed)
    }

    pub(super) fn check_curve(&self, header: &ContainerHeader) -> Result<Curve, Error> {
        let (context, key) = (self.context.curve(), header.curve());
        if context == key {
            Ok(key)
        } else {
            Err(Error::CurveMismatch { context, key })
        }
    }

    fn check_curves(&self) -> Result<(), Error> {
        let context = self.context.curve();
        let keys = std::iter::once(&self.public_key)
            .chain(&self.verifying_keys)
            .chain(self.commitments.iter().flatten());
        for key in keys {
            if key.curve() != context {
                return Err(Error::CurveMismatch {
                    context,
                    key: key.curve(),
                });
            }
        }
        Ok(())
    }

    /// Checks that `C₀` is the public key, and that each coefficient has a commitment. Equality at
    /// `threshold` places would imply the rest; all `n` are compared.
    fn check_commitments(&self) -> Result<(), Error> {
        let Some(commitments) = &self.commitments else {
            return Ok(());
        };
        let fit = commitments.len() == usize::from(self.threshold)
            && commitments.first() == Some(&self.public_key)
            && self.commitments_give_the_keys(commitments);
        if fit {
            Ok(())
        } else {
            Err(Error::InconsistentGroup)
        }
    }

    /// Checks `X_i = Σ C_k·i^k` for all custodians at once: each side is multiplied by hashed
    /// weights and summed.
    fn commitments_give_the_keys(&self, commitments: &[CakPublicKey]) -> bool {
        let sharing = sharing(self.context.curve());
        let seed = self.digest();
        let weights: Vec<[u8; 32]> = (0..self.shares())
            .map(|i| self.weight(&seed, b"commitments", i))
            .collect();
        let mut terms = Vec::new();
        for (weight, key) in weights.iter().zip(&self.verifying_keys) {
            terms.push((*sharing.negate(weight), *key.as_uncompressed()));
        }
        // Σ_k (Σ_i w_i·i^k)·C_k
        let mut powers = weights;
        for commitment in commitments {
            let sum = powers
                .iter()
                .fold(ZERO, |sum, power| *sharing.multiply_add(power, &ONE, &sum));
            terms.push((sum, *commitment.as_uncompressed()));
            for (power, index) in powers.iter_mut().zip(ShareIndex::first(self.shares())) {
                *power = *sharing.multiply_add(power, &index.to_scalar(), &ZERO);
            }
        }
        is_identity(sharing, &terms)
    }

    /// SCRAPE's test (Cascudo and David, 2017). The public key at 0 and the verifying keys at 1 … n
    /// are values of one polynomial of degree `t − 1` if and only if their sum, weighted by
    /// `v_i·f(i)`, is the identity for a random `f` of degree `n − t`, with
    /// `v_i = Π_{j≠i} 1/(i − j)`. `f` is hashed from the group, so the same file always gives the
    /// same result.
    fn lies_on_one_polynomial(&self) -> bool {
        let sharing = sharing(self.context.curve());
        let seed = self.digest();
        let degree = self.shares() - self.threshold;
        let f: Vec<[u8; 32]> = (0..=degree).map(|k| self.weight(&seed, b"degree", k)).collect();
        let points = std::iter::once(&self.public_key).chain(&self.verifying_keys);
        let terms: Vec<([u8; 32], Point)> = (0..=self.shares())
            .zip(points)
            .map(|(i, key)| {
                let value = f.iter().rev().fold(ZERO, |sum, coefficient| {
                    *sharing.multiply_add(&sum, &small(i), coefficient)
                });
                let v = dual_weight(sharing, i, self.shares());
                (*sharing.multiply_add(&v, &value, &ZERO), *key.as_uncompressed())
            })
            .collect();
        is_identity(sharing, &terms)
    }

    fn weight(&self, seed: &[u8], purpose: &[u8], place: u8) -> [u8; 32] {
        hash_to_scalar(self.context.curve(), &[seed, purpose, &[place]].concat(), DST)
    }

    /// SHA-256 over the whole group. Each list follows its length.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut bytes = vec![
            self.threshold,
            self.shares(),
            u8::from(self.commitments.is_some()),
        ];
        let keys = std::iter::once(&self.public_key)
            .chain(&self.verifying_keys)
            .chain(self.commitments.iter().flatten());
        for key in keys {
            bytes.extend_from_slice(key.as_uncompressed());
        }
        bytes.extend_from_slice(&self.context.to_bytes());
        crate::backend::sha256(&bytes)
    }
}

pub(super) fn check_threshold(threshold: u8, shares: usize) -> Result<(), Error> {
    let in_range = threshold >= 2 && usize::from(threshold) <= shares && shares <= 255;
    if in_range {
        Ok(())
    } else {
        Err(Error::ThresholdOutOfRange { threshold, shares })
    }
}

/// Checks that the context fits into the length prefix of a proof. Two fields of full length do
/// not.
pub(super) fn check_context(context: &ManagedContext) -> Result<(), Error> {
    let (length, limit) = (context.to_bytes().len(), usize::from(u16::MAX));
    if length > limit {
        return Err(Error::FieldTooLong {
            field: Field::Context,
            length,
            limit,
        });
    }
    Ok(())
}

fn small(value: u8) -> [u8; 32] {
    let mut scalar = ZERO;
    if let Some(low) = scalar.last_mut() {
        *low = value;
    }
    scalar
}

/// `Π_{j≠i} 1/(i − j)` over 0 … n.
fn dual_weight(sharing: &dyn Sharing, i: u8, n: u8) -> [u8; 32] {
    let product = (0..=n).filter(|j| *j != i).fold(ONE, |product, j| {
        let difference = sharing.multiply_add(&small(i), &ONE, &sharing.negate(&small(j)));
        *sharing.multiply_add(&product, &difference, &ZERO)
    });
    *sharing
        .invert(&product)
        .expect("the places are distinct and far below the order")
}

/// Whether a sum of points is the identity. An invalid point makes it false. `combine` returns
/// `None` for the identity, so the generator is added to both sides.
fn is_identity(sharing: &dyn Sharing, terms: &[([u8; 32], Point)]) -> bool {
    let generator = sharing.combine(&ONE, &[]);
    generator.is_some() && sharing.combine(&ONE, terms) == generator
}

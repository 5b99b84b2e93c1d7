//! Completes a ceremony: adds the dealings up to the new group, and to the caller's own share.

use zeroize::Zeroizing;

use super::{
    Ceremony, Dealing, Group, Share, ShareIndex,
    ceremony::Source,
    polynomial::{ONE, ZERO, lagrange_at_zero, powers_sum},
};
use crate::{CakPrivateKey, CakPublicKey, Error, backend::sharing, scalar::Scalar};

impl Ceremony {
    /// Computes the new group and this custodian's share. Every custodian must use the same
    /// dealings: compare the groups' [fingerprints](Group::fingerprint) before you use the key, and
    /// destroy old shares afterwards.
    ///
    /// # Errors
    /// [`Error::NotACustodian`]; [`Error::TooFewDealings`]; [`Error::DuplicateDealing`]; and
    /// [`Error::DealingRejected`], [`Error::ForeignDealing`] and [`Error::UnknownCustodian`], which
    /// name the sender.
    pub fn finish(&self, key: &CakPrivateKey, dealings: &[Dealing]) -> Result<(Group, Share), Error> {
        let recipient = self.index_of(key)?;
        let weights = self.weights(dealings)?;
        // The group's verifying keys are not the identity, so the share is not zero.
        let group = self.sum(dealings, &weights)?;
        let sharing = sharing(self.context().curve());
        let mut sum: Scalar = Zeroizing::new(ZERO);
        for (dealing, weight) in dealings.iter().zip(&weights) {
            let value = self.open_dealing(dealing, recipient, key)?;
            sum = sharing.multiply_add(weight, &value, &sum);
        }
        let share = Share::from_scalar(self.context().curve(), recipient, sum);
        group.verify_share(&share)?;
        Ok((group, share))
    }

    /// Computes the new group from the dealings, without a private key.
    ///
    /// # Errors
    /// As [`Ceremony::finish`], except [`Error::NotACustodian`].
    pub fn outcome(&self, dealings: &[Dealing]) -> Result<Group, Error> {
        let weights = self.weights(dealings)?;
        self.sum(dealings, &weights)
    }

    /// The weight of each dealing: 1 for a new key, the dealer's Lagrange coefficient for a key
    /// that moves.
    fn weights(&self, dealings: &[Dealing]) -> Result<Vec<[u8; 32]>, Error> {
        let mut dealers: Vec<ShareIndex> = Vec::with_capacity(dealings.len());
        for dealing in dealings {
            if dealers.contains(&dealing.dealer()) {
                return Err(Error::DuplicateDealing {
                    index: dealing.dealer(),
                });
            }
            self.verify_dealing(dealing)?;
            dealers.push(dealing.dealer());
        }
        let (count, needed) = (dealers.len(), self.dealings_needed());
        if count < needed {
            return Err(Error::TooFewDealings { count, needed });
        }
        Ok(match self.source() {
            Source::Fresh => vec![ONE; count],
            Source::Group(_) => lagrange_at_zero(sharing(self.context().curve()), &dealers),
        })
    }

    /// The weighted sum of the dealers' committed polynomials.
    fn sum(&self, dealings: &[Dealing], weights: &[[u8; 32]]) -> Result<Group, Error> {
        let curve = self.context().curve();
        let sharing = sharing(curve);
        let commitments = (0..usize::from(self.threshold()))
            .map(|k| {
                let terms: Vec<_> = dealings
                    .iter()
                    .zip(weights)
                    .filter_map(|(dealing, weight)| {
                        Some((*weight, *dealing.commitments.get(k)?.as_uncompressed()))
                    })
                    .collect();
                let sum = sharing.combine(&ZERO, &terms).ok_or(Error::InconsistentGroup)?;
                CakPublicKey::from_sec1(curve, &sum)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let verifying_keys = self
            .indexed()
            .map(|(index, _)| {
                let key = powers_sum(sharing, &commitments, index).ok_or(Error::InconsistentGroup)?;
                CakPublicKey::from_sec1(curve, &key)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let public_key = commitments.first().ok_or(Error::InconsistentGroup)?.clone();
        if self.group().is_some_and(|old| *old.public_key() != public_key) {
            return Err(Error::InconsistentGroup);
        }
        Group::new(
            self.context().clone(),
            self.threshold(),
            public_key,
            Some(commitments),
            verifying_keys,
        )
    }
}

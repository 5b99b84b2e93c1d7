//! The end of a ceremony: the dealings added up to a group, and to one's own share.

use zeroize::Zeroizing;

use super::{
    Ceremony, Dealing, Group, Share, ShareIndex,
    ceremony::Source,
    polynomial::{ONE, ZERO, lagrange_at_zero, powers_sum},
};
use crate::{CakPrivateKey, CakPublicKey, Error, backend::sharing, scalar::Scalar};

impl Ceremony {
    /// The new group, and this custodian's share of its key. Every custodian must use the same dealings: compare the groups'
    /// [fingerprints](Group::fingerprint) before the key is used, and forget old shares after.
    ///
    /// # Errors
    /// [`Error::NotACustodian`]; [`Error::TooFewDealings`]; [`Error::DuplicateDealing`]; and [`Error::DealingRejected`],
    /// [`Error::ForeignDealing`] and [`Error::UnknownCustodian`], which name the sender.
    pub fn finish(&self, key: &CakPrivateKey, dealings: &[Dealing]) -> Result<(Group, Share), Error> {
        let recipient = self.index_of(key)?;
        let weights = self.weights(dealings)?;
        // Its verifying keys are no identities, so the share is not zero.
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

    /// The new group as anyone sees it who has the dealings.
    ///
    /// # Errors
    /// As [`Ceremony::finish`].
    pub fn outcome(&self, dealings: &[Dealing]) -> Result<Group, Error> {
        let weights = self.weights(dealings)?;
        self.sum(dealings, &weights)
    }

    /// What each dealing counts for: 1 where its constant is a part of a new key, Lagrange's coefficient where it is a share.
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

    /// The dealers' polynomials, committed to, weighed and added.
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

//! Opens a container with `t` partials. The key is never reconstructed.

use std::io::Read;

use zeroize::Zeroizing;

use super::{
    Group, Partial, ShareIndex,
    polynomial::{ZERO, lagrange_at_zero},
};
use crate::{ContainerHeader, Error, Opener, SealingContext, backend::sharing};

impl Group {
    /// Opens a container with the partials of at least `threshold` custodians. Each partial is
    /// verified first.
    ///
    /// # Errors
    /// [`Error::PartialRejected`] and [`Error::UnknownCustodian`], which name the sender;
    /// [`Error::DuplicatePartial`]; [`Error::TooFewPartials`]; otherwise as
    /// [`CakPrivateKey::open`](crate::CakPrivateKey::open).
    pub fn open(
        &self,
        partials: &[Partial],
        label: &[u8],
        container: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut document = Zeroizing::new(Vec::with_capacity(container.len()));
        self.opener(partials, label, container)?.copy_to(&mut *document)?;
        Ok(document)
    }

    /// As [`Group::open`], for a container of any size.
    ///
    /// # Errors
    /// As [`Group::open`], and [`Error::Read`].
    pub fn opener<R: Read>(&self, partials: &[Partial], label: &[u8], reader: R) -> Result<Opener<R>, Error> {
        self.opener_under(self.context(), partials, label, reader)
    }

    /// As [`Group::opener`], for a container that was sealed to the group's key under another
    /// context, such as a mistyped key id or a CAK's context.
    ///
    /// # Errors
    /// As [`Group::opener`], and [`Error::CurveMismatch`] for a context on another curve.
    pub fn opener_under<'a, R: Read>(
        &self,
        context: impl Into<SealingContext<'a>>,
        partials: &[Partial],
        label: &[u8],
        mut reader: R,
    ) -> Result<Opener<R>, Error> {
        let header = ContainerHeader::read(&mut reader)?;
        let dh = self.combine(&header, partials)?;
        let context = header.receiver_from_dh(self.public_key(), &dh, context.into(), label)?;
        Ok(Opener::with_context(&header, context, reader))
    }

    /// The x-coordinate of `D = Σ λ_i·D_i`.
    fn combine(&self, header: &ContainerHeader, partials: &[Partial]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let curve = self.check_curve(header)?;
        let mut indices: Vec<ShareIndex> = Vec::with_capacity(partials.len());
        for partial in partials {
            if indices.contains(&partial.index()) {
                return Err(Error::DuplicatePartial {
                    index: partial.index(),
                });
            }
            self.verify_partial(header, partial)?;
            indices.push(partial.index());
        }
        let needed = usize::from(self.threshold());
        if indices.len() < needed {
            return Err(Error::TooFewPartials {
                count: indices.len(),
                needed,
            });
        }
        indices.truncate(needed);
        let weights = lagrange_at_zero(sharing(curve), &indices);
        let terms: Vec<_> = weights
            .into_iter()
            .zip(partials)
            .map(|(weight, partial)| (weight, *partial.point()))
            .collect();
        // Each proof shows that D_i = x_i·R, so the sum is d·R, which is a valid point.
        let sum = Zeroizing::new(sharing(curve).combine(&ZERO, &terms).ok_or(Error::WrongKey)?);
        let x = sum.get(1..33).and_then(|x| <[u8; 32]>::try_from(x).ok());
        Ok(Zeroizing::new(x.ok_or(Error::WrongKey)?))
    }
}

//! A custodian's partial for one container.

use air_ids::UnixTime;
use rand_core::CryptoRng;

use super::{
    Group, Share, ShareIndex,
    about::{self, About},
    proof::{self, Proof, Statement},
};
use crate::{
    ContainerHeader, Curve, Error, Field,
    backend::{Point, group, sharing},
    key::decode_hex,
};

/// A custodian's point `D = x·R` for one container, with its proof. Any `t` partials open the
/// container: send them like secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    index: ShareIndex,
    point: Point,
    proof: Proof,
    about: Option<About>,
}

impl Partial {
    /// Reads a point (SEC1 in hex) and a proof (128 hex digits). It does not check the proof: call
    /// [`Group::verify_partial`].
    ///
    /// # Errors
    /// [`Error::NotHex`], [`Error::InvalidPoint`] or [`Error::InvalidProof`].
    pub fn from_hex(curve: Curve, index: ShareIndex, point: &str, proof: &str) -> Result<Self, Error> {
        let bytes = decode_hex(Field::Partial, point)?;
        let point = group(curve).parse_point(&bytes).ok_or(Error::InvalidPoint {
            field: Field::Partial,
            curve,
        })?;
        let proof = decode_hex(Field::Proof, proof)?;
        let proof = Proof::try_from(proof.as_slice()).map_err(|_| Error::InvalidProof)?;
        Ok(Self {
            index,
            point,
            proof,
            about: None,
        })
    }

    /// The index of the custodian who sent it.
    #[must_use]
    pub fn index(&self) -> ShareIndex {
        self.index
    }

    /// The point as `0x04` and 128 more hex digits.
    #[must_use]
    pub fn point_hex(&self) -> String {
        format!("0x{}", hex::encode(self.point))
    }

    /// The proof, 128 hex digits.
    #[must_use]
    pub fn proof_hex(&self) -> String {
        hex::encode(self.proof)
    }

    /// The custodian's signed statement about the partial, if it carries one. It is checked by
    /// [`Group::verify_partial`] and when a container is opened.
    #[must_use]
    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    pub(super) fn with_about(self, about: About) -> Self {
        Self {
            about: Some(about),
            ..self
        }
    }

    pub(super) fn point(&self) -> &Point {
        &self.point
    }
}

impl Share {
    /// Computes this custodian's partial for a container that is sealed to the group.
    ///
    /// # Errors
    /// [`Error::UnknownCustodian`] or [`Error::ForeignShare`] when the share does not belong to the
    /// group; [`Error::CurveMismatch`] when the container is for another curve.
    pub fn partial(
        &self,
        group: &Group,
        header: &ContainerHeader,
        rng: &mut impl CryptoRng,
    ) -> Result<Partial, Error> {
        let curve = group.check_curve(header)?;
        let verifying_key = group.key_of(self)?;
        let no_point = || Error::NotAContainer {
            reason: "the encapsulated key is not a point of its curve",
        };
        let point = sharing(curve)
            .multiply(self.key().expose_secret(), header.enc())
            .ok_or_else(no_point)?;
        let statement = Statement {
            context: group.context(),
            verifying_key,
            r: header.enc(),
            d: &point,
        };
        let proof = proof::prove(&statement, self.key(), rng).ok_or_else(no_point)?;
        Ok(Partial {
            index: self.index(),
            point,
            proof,
            about: None,
        })
    }
}

impl Share {
    /// As [`Share::partial`], with a signed statement of the time and the purpose.
    ///
    /// # Errors
    /// As [`Share::partial`]; [`Error::FieldEmpty`] or [`Error::FieldTooLong`] for a purpose that is
    /// empty or exceeds 1,024 bytes.
    pub fn partial_about(
        &self,
        group: &Group,
        header: &ContainerHeader,
        made_at: UnixTime,
        purpose: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<Partial, Error> {
        let partial = self.partial(group, header, rng)?;
        let point = &partial.point;
        let statement = about::Statement { group, header, point };
        let about = About::sign(self, statement, made_at, purpose, rng)?;
        Ok(partial.with_about(about))
    }
}

impl Group {
    /// Checks that a share belongs to this group.
    ///
    /// # Errors
    /// [`Error::UnknownCustodian`] or [`Error::ForeignShare`].
    pub fn verify_share(&self, share: &Share) -> Result<(), Error> {
        self.key_of(share).map(drop)
    }

    /// The verifying key of a share, after checking that the share belongs to the group.
    fn key_of(&self, share: &Share) -> Result<&Point, Error> {
        let index = share.index();
        let key = self
            .verifying_key(index)
            .ok_or(Error::UnknownCustodian { index })?;
        if self.context().curve() == share.curve() && key == share.key().public_key().as_uncompressed() {
            Ok(key)
        } else {
            Err(Error::ForeignShare { index })
        }
    }

    /// Checks that a partial was computed from its custodian's share for this container, and that
    /// its statement, if it carries one, is the custodian's.
    ///
    /// # Errors
    /// [`Error::UnknownCustodian`], [`Error::PartialRejected`] or [`Error::AboutRejected`], which
    /// name the sender.
    pub fn verify_partial(&self, header: &ContainerHeader, partial: &Partial) -> Result<(), Error> {
        self.check_curve(header)?;
        let culprit = partial.index;
        let verifying_key = self
            .verifying_key(culprit)
            .ok_or(Error::UnknownCustodian { index: culprit })?;
        let statement = Statement {
            context: self.context(),
            verifying_key,
            r: header.enc(),
            d: &partial.point,
        };
        if !proof::verify(&statement, &partial.proof) {
            return Err(Error::PartialRejected { culprit });
        }
        self.verify_about(header, partial)
    }

    /// Checks the statement that a partial carries, if it carries one.
    fn verify_about(&self, header: &ContainerHeader, partial: &Partial) -> Result<(), Error> {
        let culprit = partial.index;
        let key = self.verifying_keys().get(usize::from(culprit.get()) - 1);
        let statement = about::Statement {
            group: self,
            header,
            point: &partial.point,
        };
        match (&partial.about, key) {
            (None, _) => Ok(()),
            (Some(about), Some(key)) if about.is_authentic(statement, key) => Ok(()),
            (Some(_), _) => Err(Error::AboutRejected { culprit }),
        }
    }
}

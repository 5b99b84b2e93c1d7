//! Bytes of points and scalars, read once and strictly.

use ark_bls12_381::{Bls12_381, Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_serialize::CanonicalDeserialize;
use bbs_plus::prelude::Signature23G1;

use crate::{Error, hash::compressed};

/// The size of a compressed point of G1.
pub(crate) const POINT: usize = 48;
/// The size of a scalar.
pub(crate) const SCALAR: usize = 32;

/// Writes numbers big-endian, and points and scalars compressed.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.bytes(&number.to_be_bytes());
    }

    pub(crate) fn point(&mut self, point: &G1Affine) {
        self.bytes(&compressed(point));
    }

    pub(crate) fn scalar(&mut self, scalar: &Fr) {
        self.bytes(&compressed(scalar));
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what [`Writer`] wrote. Whatever it accepts is encoded back to the same bytes.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Error::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.bytes(N)?.try_into().map_err(|_| Error::Malformed)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_be_bytes)
    }

    /// A point of the group that is not zero.
    pub(crate) fn point(&mut self) -> Result<G1Affine, Error> {
        let bytes = self.bytes(POINT)?;
        // Checks that the point is on the curve and in the group.
        let point = G1Affine::deserialize_compressed(bytes).map_err(|_| Error::Malformed)?;
        if point.is_zero() || compressed(&point) != bytes {
            return Err(Error::Malformed);
        }
        Ok(point)
    }

    /// A number below the order of the group.
    pub(crate) fn scalar(&mut self) -> Result<Fr, Error> {
        let bytes = self.bytes(SCALAR)?;
        let scalar = Fr::deserialize_compressed(bytes).map_err(|_| Error::Malformed)?;
        if compressed(&scalar) != bytes {
            return Err(Error::Malformed);
        }
        Ok(scalar)
    }

    pub(crate) fn points(&mut self, count: usize) -> Result<Vec<G1Affine>, Error> {
        (0..count).map(|_| self.point()).collect()
    }

    pub(crate) fn scalars(&mut self, count: usize) -> Result<Vec<Fr>, Error> {
        (0..count).map(|_| self.scalar()).collect()
    }

    pub(crate) fn signature(&mut self) -> Result<Signature23G1<Bls12_381>, Error> {
        Ok(Signature23G1 {
            A: self.point()?,
            e: self.scalar()?,
        })
    }

    /// The number of bytes that are left.
    pub(crate) fn remaining(&self) -> usize {
        self.0.len()
    }

    /// Refuses bytes that are left.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Malformed)
        }
    }
}

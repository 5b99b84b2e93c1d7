//! The holder's secret, which the issuer signs without seeing it.

use std::fmt;

use ark_bls12_381::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::{UniformRand, Zero};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    Error,
    error::check_size,
    hash::Fields,
    rng::seeded,
    scheme::CredentialScheme,
    wire::{Reader, SCALAR, Writer},
};

const DST: &[u8] = b"AIR_ZK_V1_HOLDER_";

/// The secret of a holder: a scalar, wiped on drop and never shown. Make a new one for each credential: the
/// commitments of one secret are equal, so two issuers that compare them recognise the holder.
pub struct HolderSecret(pub(crate) Zeroizing<Fr>);

impl HolderSecret {
    /// A new secret.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut rng = seeded(rng);
        loop {
            let scalar = Zeroizing::new(Fr::rand(&mut rng));
            if !scalar.is_zero() {
                return Self(scalar);
            }
        }
    }

    /// Reads 32 bytes, little-endian, as [`expose_secret`](Self::expose_secret) writes them.
    ///
    /// # Errors
    /// [`Error::Key`] if the number is zero, or not below the order of the group.
    pub fn from_bytes(bytes: &[u8; SCALAR]) -> Result<Self, Error> {
        let scalar = Zeroizing::new(Reader::new(bytes).scalar().map_err(|_| Error::Key)?);
        if scalar.is_zero() {
            return Err(Error::Key);
        }
        Ok(Self(scalar))
    }

    /// 32 bytes, little-endian.
    #[must_use]
    pub fn expose_secret(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::default();
        writer.scalar(&self.0);
        Zeroizing::new(writer.into_bytes())
    }

    /// Commits to the secret, with a proof for the issuer's challenge that the holder knows it.
    ///
    /// # Errors
    /// [`Error::Size`] if the challenge has less than 16 bytes, or more than 64.
    pub fn commit(
        &self,
        scheme: &CredentialScheme,
        challenge: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<HolderCommitment, Error> {
        check_challenge(challenge)?;
        let base = scheme.holder_base();
        let point = (base * *self.0).into_affine();
        let blinding = Zeroizing::new(Fr::rand(&mut seeded(rng)));
        let first = (base * *blinding).into_affine();
        let hash = hash(scheme, challenge, &point, &first);
        Ok(HolderCommitment {
            point,
            hash,
            response: *blinding + hash * *self.0,
        })
    }
}

impl fmt::Debug for HolderSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HolderSecret").finish_non_exhaustive()
    }
}

/// A commitment to a holder's secret, with a proof of knowledge.
#[derive(Clone, Debug)]
pub struct HolderCommitment {
    pub(crate) point: G1Affine,
    hash: Fr,
    response: Fr,
}

impl HolderCommitment {
    /// 112 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.point(&self.point);
        writer.scalar(&self.hash);
        writer.scalar(&self.response);
        writer.into_bytes()
    }

    /// Reads 112 bytes.
    ///
    /// # Errors
    /// [`Error::Commitment`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let read = || {
            let mut reader = Reader::new(bytes);
            let commitment = Self {
                point: reader.point()?,
                hash: reader.scalar()?,
                response: reader.scalar()?,
            };
            reader.finish()?;
            Ok(commitment)
        };
        read().map_err(|_: Error| Error::Commitment)
    }

    pub(crate) fn verify(&self, scheme: &CredentialScheme, challenge: &[u8]) -> Result<(), Error> {
        check_challenge(challenge)?;
        let first = (scheme.holder_base() * self.response - self.point * self.hash).into_affine();
        if hash(scheme, challenge, &self.point, &first) == self.hash {
            Ok(())
        } else {
            Err(Error::Commitment)
        }
    }
}

fn check_challenge(challenge: &[u8]) -> Result<(), Error> {
    check_size("the issuer's challenge", challenge.len(), 16, 64)
}

fn hash(scheme: &CredentialScheme, challenge: &[u8], point: &G1Affine, first: &G1Affine) -> Fr {
    let mut fields = Fields::new("air-zk holder 1").bytes(challenge);
    fields.push_scalar(&scheme.basis().domain);
    fields.push_point(&scheme.holder_base());
    fields.push_point(point);
    fields.push_point(first);
    fields.to_scalar(DST)
}

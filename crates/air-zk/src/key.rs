//! An issuer's key on BLS12-381.

use std::{fmt, str::FromStr};

use ark_bls12_381::{Bls12_381, Fr, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{PrimeField, UniformRand, Zero};
use ark_serialize::CanonicalDeserialize;
use bbs_plus::prelude::{PreparedPublicKeyG2, PublicKeyG2, SecretKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Error, hash::compressed, rng::seeded};

/// The multicodec of a public key in G2, as a varint.
const MULTICODEC: [u8; 2] = [0xeb, 0x01];
const PUBLIC: usize = 96;
/// `z`, then base58btc of 98 bytes.
const MULTIKEY_LIMIT: usize = 160;

/// The private key of an issuer: a scalar of BLS12-381, wiped on drop and never shown.
pub struct IssuerKey(pub(crate) SecretKey<Fr>);

impl IssuerKey {
    /// A new key.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut rng = seeded(rng);
        loop {
            let scalar = Fr::rand(&mut rng);
            if !scalar.is_zero() {
                return Self(SecretKey(scalar));
            }
        }
    }

    /// Reads 32 bytes, big-endian.
    ///
    /// # Errors
    /// [`Error::Key`] if the number is zero, or not below the order of the group.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let mut little = Zeroizing::new(*bytes);
        little.reverse();
        let scalar = Fr::deserialize_compressed(little.as_slice()).map_err(|_| Error::Key)?;
        if scalar.is_zero() {
            return Err(Error::Key);
        }
        Ok(Self(SecretKey(scalar)))
    }

    /// 32 bytes, big-endian.
    #[must_use]
    pub fn expose_secret(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        let little = Zeroizing::new(compressed(&self.0.0));
        for (to, from) in bytes.iter_mut().rev().zip(little.iter()) {
            *to = *from;
        }
        bytes
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> IssuerPublicKey {
        let point = G2Affine::generator().mul_bigint(self.0.0.into_bigint());
        IssuerPublicKey(point.into_affine())
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IssuerKey").finish_non_exhaustive()
    }
}

/// The public key of an issuer: a point of G2. Its published form is a Multikey, `zUC7…`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IssuerPublicKey(pub(crate) G2Affine);

impl IssuerPublicKey {
    /// Reads the compressed point.
    ///
    /// # Errors
    /// [`Error::Key`] if the bytes are not a point of the group, or the point is zero.
    pub fn from_bytes(bytes: &[u8; PUBLIC]) -> Result<Self, Error> {
        // Checks that the point is on the curve and in the group.
        let point = G2Affine::deserialize_compressed(bytes.as_slice()).map_err(|_| Error::Key)?;
        let key = Self(point);
        if point.is_zero() || key.to_bytes() != *bytes {
            return Err(Error::Key);
        }
        Ok(key)
    }

    /// The compressed point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PUBLIC] {
        compressed(&self.0)
            .try_into()
            .expect("a compressed point of G2 has 96 bytes")
    }

    pub(crate) fn prepared(&self) -> PreparedPublicKeyG2<Bls12_381> {
        PublicKeyG2(self.0).into()
    }
}

impl FromStr for IssuerPublicKey {
    type Err = Error;

    /// Reads a Multikey.
    fn from_str(text: &str) -> Result<Self, Error> {
        let encoded = text
            .strip_prefix('z')
            .filter(|encoded| encoded.len() < MULTIKEY_LIMIT)
            .ok_or(Error::Key)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| Error::Key)?;
        let key = bytes.strip_prefix(&MULTICODEC).ok_or(Error::Key)?;
        Self::from_bytes(key.try_into().map_err(|_| Error::Key)?)
    }
}

impl fmt::Display for IssuerPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = MULTICODEC.to_vec();
        bytes.extend(self.to_bytes());
        write!(f, "z{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for IssuerPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerPublicKey({self})")
    }
}

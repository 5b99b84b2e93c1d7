//! A credential in a wallet.

use std::fmt;

use air_ids::VcId;
use ark_bls12_381::{Bls12_381, Fr};
use ark_ff::UniformRand;
use bbs_plus::prelude::Signature23G1;
use rand_core::CryptoRng;
use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

use crate::{
    Error,
    encoding::Value,
    epoch::EpochToken,
    hash::{compressed, hash_to_scalar},
    holder::HolderSecret,
    layout::scalars,
    rng::seeded,
    scheme::{CredentialScheme, messages},
    wire::{Reader, SCALAR, Writer},
};

/// The message of a credential's id.
pub(crate) fn credential_id(id: &VcId) -> Fr {
    hash_to_scalar(id.as_str().as_bytes(), b"AIR_ZK_V1_CREDENTIAL_ID_")
}

/// The random number by which an issuer recognises a credential when it issues epoch tokens. It never leaves
/// issuer and holder.
#[derive(Clone)]
pub struct RevocationNonce(pub(crate) Fr);

impl RevocationNonce {
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Fr::rand(&mut seeded(rng)))
    }

    /// Reads 32 bytes, little-endian.
    ///
    /// # Errors
    /// [`Error::Token`] if the number is not below the order of the group.
    pub fn from_bytes(bytes: &[u8; SCALAR]) -> Result<Self, Error> {
        Reader::new(bytes).scalar().map(Self).map_err(|_| Error::Token)
    }

    /// 32 bytes, little-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        compressed(&self.0)
    }
}

impl fmt::Debug for RevocationNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RevocationNonce").finish_non_exhaustive()
    }
}

/// What the issuer sends to the holder.
pub struct IssuedCredential {
    pub(crate) signature: Signature23G1<Bls12_381>,
    pub(crate) nonce: RevocationNonce,
}

impl IssuedCredential {
    /// The nonce, which the issuer stores.
    #[must_use]
    pub fn revocation_nonce(&self) -> &RevocationNonce {
        &self.nonce
    }

    /// 112 bytes: the signature and the nonce.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.point(&self.signature.A);
        writer.scalar(&self.signature.e);
        writer.scalar(&self.nonce.0);
        writer.into_bytes()
    }

    /// Reads 112 bytes.
    ///
    /// # Errors
    /// [`Error::Signature`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let read = || {
            let mut reader = Reader::new(bytes);
            let issued = Self {
                signature: reader.signature()?,
                nonce: RevocationNonce(reader.scalar()?),
            };
            reader.finish()?;
            Ok(issued)
        };
        read().map_err(|_: Error| Error::Signature)
    }
}

impl fmt::Debug for IssuedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCredential").finish_non_exhaustive()
    }
}

/// A credential whose signature was verified, with the holder's secret.
pub struct Credential {
    pub(crate) signature: Signature23G1<Bls12_381>,
    /// In the order of the generators.
    pub(crate) messages: Zeroizing<Vec<Fr>>,
    pub(crate) values: Vec<Value>,
    pub(crate) nonce: RevocationNonce,
}

impl Credential {
    /// Verifies what the issuer sent.
    ///
    /// # Errors
    /// [`Error::Signature`], [`Error::UnknownAttribute`] or [`Error::Value`].
    pub fn new(
        scheme: &CredentialScheme,
        issued: &IssuedCredential,
        id: &VcId,
        subject: &Map<String, Json>,
        secret: &HolderSecret,
    ) -> Result<Self, Error> {
        let values = scheme.layout().read(subject)?;
        let fixed = [*secret.0, credential_id(id), issued.nonce.0];
        let messages = Zeroizing::new(messages(scheme, fixed, scalars(&values)));
        issued
            .signature
            .verify(&messages, scheme.key().prepared(), scheme.basis().params.clone())
            .map_err(|_| Error::Signature)?;
        Ok(Self {
            signature: issued.signature.clone(),
            messages,
            values,
            nonce: issued.nonce.clone(),
        })
    }

    /// Verifies a token of this credential. A wallet also checks that the token's epoch is the current one or the
    /// next: an issuer that gave each holder another epoch would recognise them.
    ///
    /// # Errors
    /// [`Error::Token`].
    pub fn check_token(&self, scheme: &CredentialScheme, token: &EpochToken) -> Result<(), Error> {
        let basis = scheme.epoch_basis(token.epoch);
        token
            .signature
            .verify(
                &[basis.domain, self.nonce.0],
                scheme.key().prepared(),
                basis.params,
            )
            .map_err(|_| Error::Token)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

//! Proofs of a BBS signature, between the library's type and bytes.

use std::collections::BTreeMap;

use ark_bls12_381::{Bls12_381, Fr, G1Affine};
use bbs_plus::proof_23_cdl::PoKOfSignature23G1Proof;
use schnorr_pok::{SchnorrResponse, discrete_log::PokPedersenCommitment};

use crate::{
    Error,
    generators::Basis,
    hash::Fields,
    key::IssuerPublicKey,
    wire::{Reader, Writer},
};

/// The disclosed messages, by the index of their generator.
pub(super) type Disclosed = BTreeMap<usize, Fr>;

/// A proof of knowledge of a signature, without the challenge.
pub(super) struct SignatureProof(PoKOfSignature23G1Proof<Bls12_381>);

impl SignatureProof {
    pub(super) fn new(proof: PoKOfSignature23G1Proof<Bls12_381>) -> Self {
        Self(proof)
    }

    /// Writes all responses but the first `shared`, which another proof has, too.
    pub(super) fn write(&self, shared: usize, writer: &mut Writer) {
        let proof = &self.0;
        let points = [
            &proof.A_bar,
            &proof.B_bar,
            &proof.d,
            &proof.sc_resp_1.t,
            &proof.T2,
        ];
        for point in points {
            writer.point(point);
        }
        let responses = self.responses().iter().skip(shared);
        for scalar in [&proof.sc_resp_1.response1, &proof.sc_resp_1.response2]
            .into_iter()
            .chain(responses)
        {
            writer.scalar(scalar);
        }
    }

    /// Reads a proof with as many responses as there are hidden messages, and one more. `shared` are the first.
    pub(super) fn read(hidden: usize, shared: &[Fr], reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut point = || reader.point();
        let [a_bar, b_bar, d, first, second]: [G1Affine; 5] =
            [point()?, point()?, point()?, point()?, point()?];
        let (response1, response2) = (reader.scalar()?, reader.scalar()?);
        let mut responses = shared.to_vec();
        responses.extend(reader.scalars((hidden + 1).saturating_sub(shared.len()))?);
        Ok(Self(PoKOfSignature23G1Proof {
            A_bar: a_bar,
            B_bar: b_bar,
            d,
            sc_resp_1: PokPedersenCommitment {
                t: first,
                response1,
                response2,
            },
            T2: second,
            sc_resp_2: Some(SchnorrResponse(responses)),
            sc_partial_resp_2: None,
        }))
    }

    /// The response of a hidden message, by its index among the hidden ones.
    pub(super) fn response(&self, hidden: usize) -> Result<Fr, Error> {
        self.responses().get(hidden).copied().ok_or(Error::Malformed)
    }

    /// Adds the proof's points, the generators and the disclosed messages to the hash's input.
    pub(super) fn hash(
        &self,
        basis: &Basis,
        disclosed: &Disclosed,
        fields: &mut Fields,
    ) -> Result<(), Error> {
        let mut bytes = Vec::new();
        self.0
            .challenge_contribution(disclosed, &basis.params, &mut bytes)
            .map_err(|_| Error::Arithmetic)?;
        fields.push(&bytes);
        Ok(())
    }

    pub(super) fn verify(
        &self,
        key: &IssuerPublicKey,
        basis: Basis,
        disclosed: &Disclosed,
        challenge: &Fr,
    ) -> Result<(), Error> {
        self.0
            .verify(disclosed, challenge, key.prepared(), basis.params)
            .map_err(|_| Error::Proof)
    }

    fn responses(&self) -> &[Fr] {
        self.0.sc_resp_2.as_ref().map_or(&[], |responses| &responses.0)
    }
}

#[cfg(test)]
mod tests;

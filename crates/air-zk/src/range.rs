//! Range proofs: a commitment opens to a number below 2^64 (Bulletproofs++, one proof for each number).

use std::sync::LazyLock;

use ark_bls12_381::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::{One, PrimeField};
use ark_serialize::CanonicalDeserialize;
use ark_std::rand::RngCore;
use bulletproofs_plus_plus::prelude::{Proof, Prover, SetupParams};
use dock_crypto_utils::transcript::{MerlinTranscript, Transcript};
use sha2::Sha512;

use crate::{
    Error,
    claim::Claim,
    hash::compressed,
    wire::{POINT, Reader, SCALAR},
};

/// Digits of 4 bits.
const BASE: u16 = 16;
const BITS: u16 = 64;
/// The rounds of the inner argument: 16 digits are halved four times.
const ROUNDS: usize = 4;
/// The commitments before the inner argument.
const COMMITMENTS: usize = 4;

/// The size of a proof: its points, and two scalars.
pub(crate) const SIZE: usize = (COMMITMENTS + 2 * ROUNDS) * POINT + 2 * SCALAR;

/// Points without known relations, from a label.
static SETUP: LazyLock<SetupParams<G1Affine>> =
    LazyLock::new(|| SetupParams::new_for_perfect_range_proof::<Sha512>(b"AIR_ZK_V1_RANGE_", BASE, BITS, 1));

/// The bases of commitments: of the number, and of the blinding.
pub(crate) fn bases() -> (G1Affine, G1Affine) {
    SETUP.get_pedersen_commitment_key()
}

/// A proof whose points and scalars were checked, as the library encodes it.
#[derive(Debug)]
pub(crate) struct RangeProof(Proof<G1Affine>);

impl RangeProof {
    /// Proves that `commitment` opens to `number`, with `blinding`. `transcript` binds the proof to the presentation.
    pub(crate) fn new(
        commitment: G1Affine,
        number: u64,
        blinding: Fr,
        mut transcript: MerlinTranscript,
        rng: &mut impl RngCore,
    ) -> Result<Self, Error> {
        Prover::new_with_given_base(BASE, BITS, vec![commitment], vec![number], vec![blinding])
            .and_then(|prover| prover.prove(rng, SETUP.clone(), &mut transcript))
            .map(Self)
            .map_err(|_| Error::Arithmetic)
    }

    pub(crate) fn verify(&self, commitment: G1Affine, mut transcript: MerlinTranscript) -> Result<(), Error> {
        self.0
            .verify(BITS, &[commitment], &SETUP, &mut transcript)
            .map_err(|_| Error::Proof)
    }

    /// The points and scalars, without the base and the lengths, which are fixed.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let encoded = compressed(&self.0);
        let mut rest = encoded.as_slice();
        let mut bytes = Vec::with_capacity(SIZE);
        for (fixed, length) in parts() {
            rest = rest.strip_prefix(fixed.as_slice()).ok_or(Error::Arithmetic)?;
            let (part, after) = rest.split_at_checked(length).ok_or(Error::Arithmetic)?;
            bytes.extend(part);
            rest = after;
        }
        Ok(bytes)
    }

    /// Reads a proof. The library takes base and lengths from the encoding, where a prover could choose them.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let bytes = reader.bytes(SIZE)?;
        let mut checked = Reader::new(bytes);
        checked.points(COMMITMENTS + 2 * ROUNDS)?;
        checked.scalars(2)?;
        let mut rest = Reader::new(bytes);
        let mut encoded = Vec::with_capacity(SIZE);
        for (fixed, length) in parts() {
            encoded.extend(fixed);
            encoded.extend(rest.bytes(length)?);
        }
        Proof::deserialize_compressed_unchecked(encoded.as_slice())
            .map(Self)
            .map_err(|_| Error::Malformed)
    }
}

/// The commitment to the difference between a number and a limit, which is at least zero if the claim is true, and
/// the sign of its blinding.
pub(crate) fn shifted(claim: &Claim, commitment: &G1Affine) -> Result<(G1Affine, Fr), Error> {
    let limit = |limit: u64| bases().0 * Fr::from(limit);
    match claim {
        Claim::AtLeast(minimum) => Ok(((-limit(*minimum) + commitment).into_affine(), Fr::one())),
        Claim::AtMost(maximum) => Ok(((limit(*maximum) - commitment).into_affine(), -Fr::one())),
        Claim::Differs(_) | Claim::OneOf(_) => Err(Error::Malformed),
    }
}

/// That difference, modulo 2^64: for a false claim, it is not what the commitment opens to.
pub(crate) fn difference(claim: &Claim, value: &Fr) -> u64 {
    let [number, ..] = value.into_bigint().0;
    match claim {
        Claim::AtLeast(minimum) => number.wrapping_sub(*minimum),
        Claim::AtMost(maximum) => maximum.wrapping_sub(number),
        Claim::Differs(_) | Claim::OneOf(_) => 0,
    }
}

/// The transcript of the proof of one clause.
pub(crate) fn transcript(challenge: &Fr, clause: usize) -> MerlinTranscript {
    let mut transcript = MerlinTranscript::new(b"air-zk range 1");
    transcript.append(b"challenge", challenge);
    let number = u64::try_from(clause).unwrap_or(u64::MAX);
    transcript.append_message(b"clause", &number.to_be_bytes());
    transcript
}

/// The library's encoding: fixed bytes, and the length of what follows.
fn parts() -> [(Vec<u8>, usize); 5] {
    let length = |length: usize| u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes().to_vec();
    [
        (BASE.to_le_bytes().to_vec(), COMMITMENTS * POINT),
        (length(ROUNDS), ROUNDS * POINT),
        (length(ROUNDS), ROUNDS * POINT),
        (length(1), SCALAR),
        (length(1), SCALAR),
    ]
}

#[cfg(test)]
mod tests {
    use ark_ff::UniformRand;
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn commit(number: Fr, blinding: Fr) -> G1Affine {
        let (g, h) = bases();
        (g * number + h * blinding).into_affine()
    }

    fn prove(number: u64, blinding: Fr, commitment: G1Affine) -> RangeProof {
        let mut rng = StdRng::seed_from_u64(number);
        RangeProof::new(
            commitment,
            number,
            blinding,
            transcript(&Fr::from(7), 0),
            &mut rng,
        )
        .unwrap()
    }

    #[test]
    fn both_ends_of_64_bits_are_proved_and_nothing_beyond() {
        let blinding = Fr::rand(&mut StdRng::seed_from_u64(0));
        for number in [0, 1, 15, 16, u64::MAX - 1, u64::MAX] {
            let commitment = commit(Fr::from(number), blinding);
            let proof = prove(number, blinding, commitment);
            assert!(
                proof.verify(commitment, transcript(&Fr::from(7), 0)).is_ok(),
                "{number}"
            );
            // Another presentation, and another clause of this one.
            assert!(
                proof.verify(commitment, transcript(&Fr::from(8), 0)).is_err(),
                "{number}"
            );
            assert!(
                proof.verify(commitment, transcript(&Fr::from(7), 1)).is_err(),
                "{number}"
            );
        }
        // The digits of 0 and 2^64 − 1 for the commitments to 2^64 and −1.
        for (number, committed) in [(0, Fr::from(1_u128 << 64)), (u64::MAX, -Fr::from(1))] {
            let commitment = commit(committed, blinding);
            let proof = prove(number, blinding, commitment);
            assert!(
                proof.verify(commitment, transcript(&Fr::from(7), 0)).is_err(),
                "{number}"
            );
        }
    }

    #[test]
    fn a_proof_is_read_as_it_was_written() {
        let blinding = Fr::from(3);
        let proof = prove(5, blinding, commit(Fr::from(5), blinding));
        let bytes = proof.to_bytes().unwrap();
        assert_eq!(bytes.len(), SIZE);
        let mut reader = Reader::new(&bytes);
        let read = RangeProof::read(&mut reader).unwrap();
        assert!(reader.finish().is_ok());
        assert_eq!(read.to_bytes().unwrap(), bytes);
        assert!(RangeProof::read(&mut Reader::new(&bytes[..SIZE - 1])).is_err());
    }
}

//! The underlying crates as their own tests use them: a BBS signature over 14 messages, of which one is below a limit.

use std::collections::BTreeMap;

use ark_bls12_381::{Bls12_381, Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::UniformRand;
use ark_serialize::CanonicalSerialize;
use ark_std::rand::{SeedableRng, rngs::StdRng};
use bbs_plus::{
    prelude::{KeypairG2, Signature23G1, SignatureParams23G1},
    proof_23_cdl::{PoKOfSignature23G1Proof, PoKOfSignature23G1Protocol},
};
use bulletproofs_plus_plus::prelude::{Proof, Prover, SetupParams};
use dock_crypto_utils::{
    hashing_utils::field_elem_from_try_and_incr,
    signature::MessageOrBlinding,
    transcript::{MerlinTranscript, Transcript},
};
use schnorr_pok::discrete_log::{PokPedersenCommitment, PokPedersenCommitmentProtocol};
use sha2::Sha512;

const LIMIT: u64 = 20_081_130;
const VALUE: u64 = 19_900_501;

pub(crate) struct Peer {
    params: SignatureParams23G1<Bls12_381>,
    keys: KeypairG2<Bls12_381>,
    messages: Vec<Fr>,
    signature: Signature23G1<Bls12_381>,
    setup: SetupParams<G1Affine>,
}

pub(crate) struct PeerProof {
    signature: PoKOfSignature23G1Proof<Bls12_381>,
    commitment: G1Affine,
    opening: PokPedersenCommitment<G1Affine>,
    range: Proof<G1Affine>,
}

impl PeerProof {
    pub(crate) fn size(&self) -> usize {
        self.signature.compressed_size()
            + self.commitment.compressed_size()
            + self.opening.compressed_size()
            + self.range.compressed_size()
    }
}

impl Peer {
    pub(crate) fn new() -> Self {
        let mut rng = StdRng::seed_from_u64(0);
        let params = SignatureParams23G1::new::<Sha512>(b"peer", 14);
        let keys = KeypairG2::generate_using_rng_and_bbs23_params(&mut rng, &params);
        let mut messages: Vec<Fr> = (0..14).map(|_| Fr::rand(&mut rng)).collect();
        messages[0] = Fr::from(VALUE);
        let signature =
            Signature23G1::new(&mut rng, &messages, &keys.secret_key, &params).expect("14 messages");
        Self {
            params,
            keys,
            messages,
            signature,
            setup: SetupParams::new_for_perfect_range_proof::<Sha512>(b"peer", 2, 64, 1),
        }
    }

    pub(crate) fn prove(&self) -> PeerProof {
        let mut rng = StdRng::seed_from_u64(1);
        let (g, h) = self.setup.get_pedersen_commitment_key();
        let [shared, gamma, of_gamma] = [(), (), ()].map(|()| Fr::rand(&mut rng));
        let commitment = self.setup.compute_pedersen_commitment(VALUE, &gamma);
        let each = self
            .messages
            .iter()
            .enumerate()
            .map(|(index, message)| match index {
                0 => MessageOrBlinding::blind_message_with(message, shared),
                _ => MessageOrBlinding::BlindMessageRandomly(message),
            });
        let protocol = PoKOfSignature23G1Protocol::init(&mut rng, &self.signature, &self.params, each)
            .expect("14 messages");
        let opening = PokPedersenCommitmentProtocol::init(Fr::from(VALUE), shared, &g, gamma, of_gamma, &h);
        let mut bytes = Vec::new();
        protocol
            .challenge_contribution(&BTreeMap::new(), &self.params, &mut bytes)
            .expect("a vector");
        let challenge = challenge(bytes, &commitment, &opening.t);
        let shifted = (g * Fr::from(LIMIT) - commitment).into_affine();
        let prover = Prover::new(64, vec![shifted], vec![LIMIT - VALUE], vec![-gamma]).expect("64 bits");
        let range = prover.prove(&mut rng, self.setup.clone(), &mut transcript(&challenge));
        PeerProof {
            signature: protocol.gen_proof(&challenge).expect("a proof"),
            commitment,
            opening: opening.gen_proof(&challenge),
            range: range.expect("a proof"),
        }
    }

    pub(crate) fn verify(&self, proof: &PeerProof) -> bool {
        let (g, h) = self.setup.get_pedersen_commitment_key();
        let none = BTreeMap::new();
        let mut bytes = Vec::new();
        proof
            .signature
            .challenge_contribution(&none, &self.params, &mut bytes)
            .expect("a vector");
        let challenge = challenge(bytes, &proof.commitment, &proof.opening.t);
        let same = proof.signature.get_resp_for_message(0, &[].into()).ok() == Some(&proof.opening.response1);
        let shifted = (g * Fr::from(LIMIT) - proof.commitment).into_affine();
        let (key, params) = (self.keys.public_key.clone(), self.params.clone());
        same && proof.opening.verify(&proof.commitment, &g, &h, &challenge)
            && proof.signature.verify(&none, &challenge, key, params).is_ok()
            && proof
                .range
                .verify(64, &[shifted], &self.setup, &mut transcript(&challenge))
                .is_ok()
    }
}

fn challenge(mut bytes: Vec<u8>, commitment: &G1Affine, first: &G1Affine) -> Fr {
    for point in [commitment, first] {
        point.serialize_compressed(&mut bytes).expect("a vector");
    }
    field_elem_from_try_and_incr::<Fr, Sha512>(&bytes)
}

fn transcript(challenge: &Fr) -> MerlinTranscript {
    let mut transcript = MerlinTranscript::new(b"peer");
    transcript.append(b"challenge", challenge);
    transcript
}

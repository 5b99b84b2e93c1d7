//! Proofs of draft-irtf-cfrg-bbs-signatures, verified by the library that makes ours: the relations are the same, and
//! the challenge is another.

use ark_ec::CurveGroup;

use super::*;
use crate::{
    generators::{
        DRAFT, Generators,
        tests::{ProofVector, bytes, message, public_key, scalar, vectors},
    },
    hash::{compressed, hash_to_scalar},
};

#[test]
fn proofs_are_verified_as_the_draft_says() {
    for vector in vectors().proofs {
        assert_eq!(
            verifies(&vector).is_some(),
            vector.result.valid,
            "{}",
            vector.case_name
        );
    }
}

/// Section 3.5.4 of the draft. `None` for an invalid proof.
fn verifies(vector: &ProofVector) -> Option<()> {
    let proof = bytes(&vector.proof);
    let mut points = Reader::new(&proof[..144]);
    let [a_bar, b_bar, d] = [points.point().ok()?, points.point().ok()?, points.point().ok()?];
    let scalars: Vec<Fr> = proof[144..].chunks(32).map(scalar).collect();
    let [e, r1, r3, hidden @ .., challenge] = scalars.as_slice() else {
        return None;
    };
    let indexes = &vector.disclosed_indexes;
    if !indexes.is_sorted_by(|one, next| one < next) {
        return None;
    }
    let key = public_key(&vector.signer_public_key);
    let generators = Generators::new(DRAFT, indexes.len() + hidden.len());
    let domain = generators.domain(DRAFT, &key, &bytes(&vector.header));
    let basis = Basis {
        params: generators.into_params(),
        domain,
    };
    let mut shown = Disclosed::from([(0, domain)]);
    shown.extend(
        indexes
            .iter()
            .map(|index| (index + 1, message(&vector.messages[*index]))),
    );

    // The points before the challenge follow from the responses.
    let first = (a_bar * *e + d * *r1 + b_bar * *challenge).into_affine();
    let known = basis
        .params
        .b(shown.iter().map(|(index, scalar)| (*index, scalar)))
        .ok()?;
    let mut second = known * *challenge + d * *r3;
    let free = (0..basis.params.h.len()).filter(|index| !shown.contains_key(index));
    for (index, response) in free.zip(hidden) {
        second += basis.params.h[index] * *response;
    }
    let second = second.into_affine();
    if hash(vector, (&shown, &domain), &[a_bar, b_bar, d, first, second]) != *challenge {
        return None;
    }

    // The library proves the first relation with the opposite signs.
    let mut responses = hidden.to_vec();
    responses.push(*r3);
    let proof = SignatureProof(PoKOfSignature23G1Proof {
        A_bar: a_bar,
        B_bar: b_bar,
        d,
        sc_resp_1: PokPedersenCommitment {
            t: -first,
            response1: -*e,
            response2: -*r1,
        },
        T2: second,
        sc_resp_2: Some(SchnorrResponse(responses)),
        sc_partial_resp_2: None,
    });
    proof.verify(&key, basis, &shown, challenge).ok()
}

/// Section 3.7.4 of the draft.
fn hash(vector: &ProofVector, (shown, domain): (&Disclosed, &Fr), points: &[G1Affine]) -> Fr {
    let big_endian = |scalar: &Fr| {
        let mut bytes = compressed(scalar);
        bytes.reverse();
        bytes
    };
    let length = |length: usize| u64::try_from(length).unwrap().to_be_bytes();
    let mut input = length(vector.disclosed_indexes.len()).to_vec();
    for (index, scalar) in shown.iter().filter(|(index, _)| **index > 0) {
        input.extend(length(index - 1));
        input.extend(big_endian(scalar));
    }
    input.extend(points.iter().flat_map(compressed));
    input.extend(big_endian(domain));
    let header = bytes(&vector.presentation_header);
    input.extend(length(header.len()));
    input.extend(header);
    hash_to_scalar(&input, format!("{DRAFT}H2S_").as_bytes())
}
